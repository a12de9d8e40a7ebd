/* Each peak of a class's scores becomes one object. The definition stands in tinyml/data/centroids.py. */
#include "tinyml_vision.h"

enum {
    PROMINENCE = 16,    /* a peak that rises less above the pass to a higher one is part of that one */
    NOT_PLACED = 0xffff /* a cell's parent before its score's turn */
};

typedef struct cell_map {
    const int8_t *map;
    int height, width, channels;
    uint8_t *labels;   /* [height][width]: 1 + class of a cell that belongs to an object, else 0 */
    uint16_t *parents; /* [height][width]: a cell on the way up to its peak; a peak's parent is itself */
} cell_map;

static int score_of(const cell_map *cells, int cell, int label) {
    return cells->map[cell * cells->channels + 1 + label] + 128;
}

/* The score with which a cell belongs to its class. */
static int height_of(const cell_map *cells, int cell) { return score_of(cells, cell, cells->labels[cell] - 1); }

static void label_cells(const cell_map *cells, const uint16_t *thresholds) {
    for (int cell = 0; cell < cells->height * cells->width; cell++) {
        int best = 0;
        for (int label = 1; label < cells->channels - 1; label++)
            if (score_of(cells, cell, label) > score_of(cells, cell, best))
                best = label;
        cells->labels[cell] = (uint8_t)(score_of(cells, cell, best) >= thresholds[best] ? best + 1 : 0);
        cells->parents[cell] = NOT_PLACED;
    }
}

static int peak_of(const cell_map *cells, int cell) {
    while (cells->parents[cell] != cell)
        cell = cells->parents[cell];
    return cell;
}

/* Whether `a` was placed before `b`: it is higher, or as high and comes first. */
static int is_before(const cell_map *cells, int a, int b) {
    int height_a = height_of(cells, a), height_b = height_of(cells, b);
    return height_a > height_b || (height_a == height_b && a < b);
}

/* Lists the cells around `cell` (its own place included) that are placed and of its class; gives how many. */
static int placed_around(const cell_map *cells, int cell, int placed[9]) {
    int y = cell / cells->width, x = cell % cells->width, count = 0;
    int bottom = y + 1 < cells->height ? y + 1 : y, right = x + 1 < cells->width ? x + 1 : x;
    for (int v = y > 0 ? y - 1 : 0; v <= bottom; v++)
        for (int u = x > 0 ? x - 1 : 0; u <= right; u++) {
            int near = v * cells->width + u;
            if (cells->parents[near] != NOT_PLACED && cells->labels[near] == cells->labels[cell])
                placed[count++] = near;
        }
    return count;
}

/* Gives the next cell down its place: with its highest neighbour, or as a peak of its own. Where it touches two objects it
   is the pass between them, and one that hardly rises above it becomes part of the other. */
static void place(const cell_map *cells, int cell) {
    int placed[9], count = placed_around(cells, cell, placed), highest = cell;
    for (int i = 0; i < count; i++)
        if (i == 0 || is_before(cells, placed[i], highest))
            highest = placed[i];
    int peak = highest == cell ? cell : peak_of(cells, highest);
    cells->parents[cell] = (uint16_t)peak;
    for (int i = 0; i < count; i++) {
        int other = peak_of(cells, placed[i]);
        if (other == peak)
            continue;
        int higher = is_before(cells, peak, other) ? peak : other, lower = higher == peak ? other : peak;
        if (height_of(cells, lower) - height_of(cells, cell) >= PROMINENCE)
            continue;
        cells->parents[lower] = (uint16_t)higher;
        peak = higher;
    }
}

/* Scores are bytes: going through all 256 of them takes no memory, where sorting the cells would. */
static void place_cells(const cell_map *cells) {
    for (int score = 255; score >= 0; score--)
        for (int cell = 0; cell < cells->height * cells->width; cell++)
            if (cells->labels[cell] != 0 && height_of(cells, cell) == score)
                place(cells, cell);
}

/* The mean of the cells' centres from the weighted sum of their indices: 128 + 256 * sum / total, rounded half up. */
static int to_centre(uint32_t sum, uint32_t total) {
    return (int)(128 + 256 * (sum / total) + (256 * (sum % total) + total / 2) / total);
}

/* Gathers the object that `first` and cells after it belong to; they are used up. */
static tv_object take_object(const cell_map *cells, int first) {
    int label = cells->labels[first] - 1, peak = peak_of(cells, first);
    uint32_t total = 0, sum_x = 0, sum_y = 0;
    tv_object object = {label, 0, 0, score_of(cells, peak, label), 0};
    for (int cell = first; cell < cells->height * cells->width; cell++) {
        if (cells->labels[cell] == 0 || peak_of(cells, cell) != peak)
            continue;
        int score = score_of(cells, cell, label);
        uint32_t weight = score > 1 ? (uint32_t)score : 1; /* a threshold of 0 lets cells of score 0 in */
        total += weight;
        sum_x += weight * (uint32_t)(cell % cells->width);
        sum_y += weight * (uint32_t)(cell / cells->width);
        object.cells++;
        cells->labels[cell] = 0;
    }
    object.x = to_centre(sum_x, total);
    object.y = to_centre(sum_y, total);
    return object;
}

int tv_centroids(const int8_t *map, int height, int width, int classes, const uint16_t *thresholds, uint8_t *labels,
                 uint16_t *parents, tv_object *objects, int most) {
    const cell_map cells = {map, height, width, classes + 1, labels, parents};
    int count = 0;
    label_cells(&cells, thresholds);
    place_cells(&cells);
    for (int cell = 0; cell < height * width; cell++) {
        if (labels[cell] == 0)
            continue;
        tv_object object = take_object(&cells, cell);
        if (count < most)
            objects[count] = object;
        count++;
    }
    return count;
}
