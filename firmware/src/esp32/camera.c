/* The ESP32-CAM's sensor through the esp32-camera driver of the Arduino framework. The pins are the board's data: they
   come from tinyml/boards/<board>.toml as CAMERA_PIN_* (scripts/board.py). A camera that fails is switched off, on and
   started again, without a reset of the board. */
#include "camera.h"

#include "board.h"
#include "driver/gpio.h"
#include "esp_camera.h"
#include "esp_heap_caps.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

enum { CLOCK_HZ = 20000000, DMA_BYTES = 32768, POWER_CYCLE_MS = 100, SETTLE_FRAMES = 3 };

static bool running;
static camera_fb_t *held;

/* What a failure to start means, and after the semicolon the cure. The driver says ESP_FAIL where a frame or a DMA buffer
   cannot be allocated, ESP_ERR_NOT_SUPPORTED where the sensor's number is none that it knows; what it leaves open, the
   chip is asked. */
static const char *in_words(esp_err_t error) {
    if (CAMERA_FRAMES_IN_PSRAM && heap_caps_get_total_size(MALLOC_CAP_SPIRAM) == 0)
        return "this board's PSRAM does not answer, and the camera's frames lie there; use a board with PSRAM";
    switch (error) {
    case ESP_ERR_NOT_FOUND:
    case ESP_ERR_CAMERA_NOT_DETECTED:
        return "no sensor answers; press the ribbon cable into its socket, contacts down, and lock it";
    case ESP_ERR_NOT_SUPPORTED:
    case ESP_ERR_CAMERA_NOT_SUPPORTED:
        return "the sensor's number is unknown to the driver; use an OV2640, or seat the ribbon cable anew";
    case ESP_ERR_CAMERA_FAILED_TO_SET_FRAME_SIZE:
    case ESP_ERR_CAMERA_FAILED_TO_SET_OUT_FORMAT:
        return "the sensor answers, but takes no settings; seat the ribbon cable anew and give 5 V and 1 A";
    case ESP_FAIL:
    case ESP_ERR_NO_MEM:
        if (heap_caps_get_largest_free_block(MALLOC_CAP_DMA) < DMA_BYTES)
            return "too little internal RAM is left for the camera; export with a smaller --size or --ram LIMIT";
        return "no memory for the camera's frames; reset the board";
    default:
        return "the camera does not start; check its power (5 V, 1 A) and its ribbon cable";
    }
}

static const char *start(void) {
    const camera_config_t configuration = {
        .pin_pwdn = CAMERA_PIN_PWDN,
        .pin_reset = CAMERA_PIN_RESET,
        .pin_xclk = CAMERA_PIN_XCLK,
        .pin_sccb_sda = CAMERA_PIN_SIOD,
        .pin_sccb_scl = CAMERA_PIN_SIOC,
        .pin_d7 = CAMERA_PIN_Y9,
        .pin_d6 = CAMERA_PIN_Y8,
        .pin_d5 = CAMERA_PIN_Y7,
        .pin_d4 = CAMERA_PIN_Y6,
        .pin_d3 = CAMERA_PIN_Y5,
        .pin_d2 = CAMERA_PIN_Y4,
        .pin_d1 = CAMERA_PIN_Y3,
        .pin_d0 = CAMERA_PIN_Y2,
        .pin_vsync = CAMERA_PIN_VSYNC,
        .pin_href = CAMERA_PIN_HREF,
        .pin_pclk = CAMERA_PIN_PCLK,
        .xclk_freq_hz = CLOCK_HZ,
        .ledc_timer = LEDC_TIMER_0,
        .ledc_channel = LEDC_CHANNEL_0,
        .pixel_format = MODEL_INPUT_CHANNELS == 1 ? PIXFORMAT_GRAYSCALE : PIXFORMAT_RGB565,
        .frame_size = CAMERA_FRAME_SIZE,
        .fb_count = CAMERA_FRAMES,
        .fb_location = CAMERA_FRAMES_IN_PSRAM ? CAMERA_FB_IN_PSRAM : CAMERA_FB_IN_DRAM,
        .grab_mode = CAMERA_FRAMES > 1 ? CAMERA_GRAB_LATEST : CAMERA_GRAB_WHEN_EMPTY,
    };
    esp_err_t error = esp_camera_init(&configuration);
    running = error == ESP_OK;
    return running ? NULL : in_words(error);
}

static void power_cycle(void) {
    esp_camera_deinit();
    running = false;
#if CAMERA_PIN_PWDN >= 0
    gpio_set_direction(CAMERA_PIN_PWDN, GPIO_MODE_OUTPUT);
    gpio_set_level(CAMERA_PIN_PWDN, 1);
    vTaskDelay(pdMS_TO_TICKS(POWER_CYCLE_MS));
    gpio_set_level(CAMERA_PIN_PWDN, 0);
#endif
    vTaskDelay(pdMS_TO_TICKS(POWER_CYCLE_MS));
    tinyml_board_alive();
}

const char *tinyml_camera_take(const tinyml_device *state, tinyml_frame *taken) {
    (void)state;
    tinyml_camera_release();
    const char *problem = NULL;
    for (int attempt = 0; attempt < 2; attempt++) {
        if (attempt > 0)
            power_cycle();
        if (!running)
            problem = start();
        if (running)
            esp_camera_fb_return(esp_camera_fb_get()); /* the one that waits is as old as the last inference */
        if (running && (held = esp_camera_fb_get()) != NULL) {
            *taken = (tinyml_frame){held->buf, (int)held->width, (int)held->height,
                                    held->format == PIXFORMAT_GRAYSCALE ? FORMAT_GRAY8 : FORMAT_RGB565_BIG};
            return NULL;
        }
    }
    return problem != NULL ? problem
                           : "the camera starts, but sends no pictures; seat its ribbon cable anew, check its power";
}

const char *tinyml_camera_take_bars(tinyml_frame *taken) {
    const char *problem = tinyml_camera_take(NULL, taken);
    if (problem != NULL)
        return problem;
    sensor_t *sensor = esp_camera_sensor_get();
    sensor->set_colorbar(sensor, 1);
    for (int i = 0; i < SETTLE_FRAMES && problem == NULL; i++)
        problem = tinyml_camera_take(NULL, taken);
    sensor->set_colorbar(sensor, 0);
    return problem;
}

void tinyml_camera_release(void) {
    if (held != NULL)
        esp_camera_fb_return(held);
    held = NULL;
}
