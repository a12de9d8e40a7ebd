#pragma once
void setup(void);
void loop(void);
