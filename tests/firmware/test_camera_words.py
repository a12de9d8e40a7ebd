"""What the firmware says of a camera that fails: esp32/camera.c on this computer, over a driver that fails as told."""

import shutil
import subprocess
from pathlib import Path

import pytest
from support.tiny_firmware import FIRMWARE, INCLUDES, ROOT

from tinyml.boards import load_board

VENDOR = ROOT / "tests" / "vendor" / "framework-arduinoespressif32" / "include"
DRIVER = """
#include <stdio.h>
#include <stdlib.h>
#include "board.h"
#include "camera.h"
#include "driver/gpio.h"
#include "esp_camera.h"
#include "esp_heap_caps.h"
#include "freertos/task.h"

static long init_error, psram_bytes, block_bytes, frames_before_none;
static int taken_count, numbers[4];
static uint8_t pixels[2];
static camera_fb_t buffer = {pixels, 2, 1, 1, PIXFORMAT_RGB565};

esp_err_t esp_camera_init(const camera_config_t *configuration) { (void)configuration; return (esp_err_t)init_error; }
esp_err_t esp_camera_deinit(void) { return ESP_OK; }
camera_fb_t *esp_camera_fb_get(void) { pixels[0] = (uint8_t)++taken_count; return taken_count > frames_before_none ? NULL : &buffer; }
void esp_camera_fb_return(camera_fb_t *frame) { (void)frame; }
sensor_t *esp_camera_sensor_get(void) { return NULL; }
size_t heap_caps_get_total_size(uint32_t caps) { return caps == MALLOC_CAP_SPIRAM ? (size_t)psram_bytes : 300000; }
size_t heap_caps_get_largest_free_block(uint32_t caps) { (void)caps; return (size_t)block_bytes; }
esp_err_t gpio_set_direction(gpio_num_t pin, gpio_mode_t mode) { numbers[0] = pin + (int)mode; return ESP_OK; }
esp_err_t gpio_set_level(gpio_num_t pin, uint32_t level) { numbers[1] = pin + (int)level; return ESP_OK; }
void vTaskDelay(TickType_t ticks) { (void)ticks; }
void tinyml_board_alive(void) {}

int main(int count, char **arguments) {
    tinyml_frame taken;
    (void)count;
    init_error = strtol(arguments[1], NULL, 0);
    psram_bytes = atol(arguments[2]);
    block_bytes = atol(arguments[3]);
    frames_before_none = atol(arguments[4]);
    const char *problem = tinyml_camera_take(NULL, &taken);
    printf("%s", problem != NULL ? problem : "");
    if (problem == NULL)
        printf("frame %d", taken.pixels[0]);
    return 0;
}
"""


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("no gcc")
    folder = tmp_path_factory.mktemp("camera")
    (folder / "driver.c").write_text(DRIVER)
    pins = load_board("esp32cam").pins["camera"]
    defines = {f"CAMERA_PIN_{name.upper()}": pin for name, pin in pins.items()}
    defines |= {"CAMERA_FRAME_SIZE": "FRAMESIZE_QVGA", "CAMERA_FRAMES": 2, "CAMERA_FRAMES_IN_PSRAM": 1}
    command = [compiler, "-Wall", "-Wextra", *(f"-I{path}" for path in [*INCLUDES, VENDOR])]
    command += [f"-D{name}={value}" for name, value in defines.items()]
    sources = [folder / "driver.c", FIRMWARE / "src" / "esp32" / "camera.c"]
    subprocess.run([*command, *map(str, sources), "-o", str(folder / "camera")], check=True)
    return folder / "camera"


PSRAM, ROOM = 4_194_304, 60_000


@pytest.mark.parametrize(
    ("error", "psram", "block", "frames", "words"),
    [
        (0x105, PSRAM, ROOM, 0, "no sensor answers; press the ribbon cable"),
        (0x20001, PSRAM, ROOM, 0, "no sensor answers; press the ribbon cable"),
        (0x106, PSRAM, ROOM, 0, "the sensor's number is unknown to the driver; use an OV2640"),
        (0x20004, PSRAM, ROOM, 0, "the sensor's number is unknown to the driver; use an OV2640"),
        (0x20002, PSRAM, ROOM, 0, "the sensor answers, but takes no settings; seat the ribbon cable anew"),
        (-1, 0, ROOM, 0, "this board's PSRAM does not answer"),
        (
            -1,
            PSRAM,
            20_000,
            0,
            "too little internal RAM is left for the camera; export with a smaller --size",
        ),
        (-1, PSRAM, ROOM, 0, "no memory for the camera's frames; reset the board"),
        (0x103, PSRAM, ROOM, 0, "the camera does not start; check its power"),
        (0, PSRAM, ROOM, 0, "the camera starts, but sends no pictures; seat its ribbon cable anew"),
    ],
)
def test_each_failure_has_its_words_and_a_cure(
    error: int, psram: int, block: int, frames: int, words: str, camera: Path
) -> None:
    said = subprocess.run(
        [camera, str(error), str(psram), str(block), str(frames)], capture_output=True, text=True, check=True
    ).stdout
    assert said.startswith(words) and "; " in said


def test_a_frame_that_waited_during_an_inference_is_left_aside(camera: Path) -> None:
    said = subprocess.run(
        [camera, "0", str(PSRAM), str(ROOM), "9"], capture_output=True, text=True, check=True
    ).stdout
    assert said == "frame 2"
