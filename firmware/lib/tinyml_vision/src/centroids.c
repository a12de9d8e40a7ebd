/* Touching cells of one class become one object. The definition stands in tinyml/data/centroids.py. */
#include "tinyml_vision.h"

typedef struct cell_map {
  const int8_t *map;
  int height, width, channels;
  uint8_t *labels;   /* [height][width]: 1 + class of a cell that waits for its object, else 0 */
  uint16_t *waiting; /* a stack of cells that are reached and not yet looked around from; each enters once */
} cell_map;

static int score_of(const cell_map *cells, int cell, int label) {
  return cells->map[cell * cells->channels + 1 + label] + 128;
}

static void label_cells(const cell_map *cells, const uint16_t *thresholds) {
  for (int cell = 0; cell < cells->height * cells->width; cell++) {
    int best = 0;
    for (int label = 1; label < cells->channels - 1; label++)
      if (score_of(cells, cell, label) > score_of(cells, cell, best)) best = label;
    cells->labels[cell] = (uint8_t)(score_of(cells, cell, best) >= thresholds[best] ? best + 1 : 0);
  }
}

/* Takes the cells around `cell` that wait with the same label onto the stack; gives its new depth. */
static int reach_neighbours(const cell_map *cells, int cell, uint8_t label, int depth) {
  int y = cell / cells->width, x = cell % cells->width;
  int bottom = y + 1 < cells->height ? y + 1 : y, right = x + 1 < cells->width ? x + 1 : x;
  for (int v = y > 0 ? y - 1 : 0; v <= bottom; v++)
    for (int u = x > 0 ? x - 1 : 0; u <= right; u++) {
      int near = v * cells->width + u;
      if (cells->labels[near] != label) continue;
      cells->labels[near] = 0;
      cells->waiting[depth++] = (uint16_t)near;
    }
  return depth;
}

/* The mean of the cells' centres from the weighted sum of their indices: 128 + 256 * sum / total, rounded half up. */
static int to_centre(uint32_t sum, uint32_t total) {
  return (int)(128 + 256 * (sum / total) + (256 * (sum % total) + total / 2) / total);
}

/* Gathers the object that the cell `first` belongs to. */
static tv_object take_object(const cell_map *cells, int first) {
  uint8_t label = cells->labels[first];
  uint32_t total = 0, sum_x = 0, sum_y = 0;
  tv_object object = {label - 1, 0, 0, 0, 0};
  int depth = 0;
  cells->labels[first] = 0;
  cells->waiting[depth++] = (uint16_t)first;
  while (depth > 0) {
    int cell = cells->waiting[--depth];
    int score = score_of(cells, cell, label - 1);
    uint32_t weight = score > 1 ? (uint32_t)score : 1; /* a threshold of 0 lets cells of score 0 in */
    total += weight;
    sum_x += weight * (uint32_t)(cell % cells->width);
    sum_y += weight * (uint32_t)(cell / cells->width);
    if (score > object.score) object.score = score;
    object.cells++;
    depth = reach_neighbours(cells, cell, label, depth);
  }
  object.x = to_centre(sum_x, total);
  object.y = to_centre(sum_y, total);
  return object;
}

int tv_centroids(const int8_t *map, int height, int width, int classes, const uint16_t *thresholds, uint8_t *labels,
                 uint16_t *waiting, tv_object *objects, int most) {
  const cell_map cells = {map, height, width, classes + 1, labels, waiting};
  int count = 0;
  label_cells(&cells, thresholds);
  for (int cell = 0; cell < height * width; cell++) {
    if (labels[cell] == 0) continue;
    tv_object object = take_object(&cells, cell);
    if (count < most) objects[count] = object;
    count++;
  }
  return count;
}
