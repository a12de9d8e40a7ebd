/* A QEMU plugin that watches memory which can only be read as aligned 32-bit words, as the ESP32's instruction RAM.

     qemu-system-xtensa ... -plugin libwords.so,out=FILE,begin=0x40080000,end=0x400A0000

   FILE gets two lines: how many such loads there were from [begin, end), and how many other accesses, with the first
   one's instruction and address. Loading instructions is no access.

   Only what is declared here is used of QEMU's plugin interface (version 1, since QEMU 4.2), so no header of QEMU's is
   needed to build it. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t tm_plugin_id;
typedef uint32_t tm_memory_info;
int qemu_plugin_version = 1;
extern void qemu_plugin_register_vcpu_tb_trans_cb(tm_plugin_id, void (*)(tm_plugin_id, void *));
extern size_t qemu_plugin_tb_n_insns(const void *block);
extern void *qemu_plugin_tb_get_insn(const void *block, size_t index);
extern uint64_t qemu_plugin_insn_vaddr(const void *instruction);
extern void qemu_plugin_register_vcpu_mem_cb(void *instruction, void (*)(unsigned, tm_memory_info, uint64_t, void *),
                                             int flags, int direction, void *);
extern unsigned qemu_plugin_mem_size_shift(tm_memory_info);
extern bool qemu_plugin_mem_is_store(tm_memory_info);
extern void qemu_plugin_register_atexit_cb(tm_plugin_id, void (*)(tm_plugin_id, void *), void *);

enum { READ_AND_WRITE = 3 };

static char out[4096];
static uint64_t begin, end, word_loads, others, first_instruction, first_address;

static void accessed(unsigned processor, tm_memory_info info, uint64_t address, void *instruction) {
    (void)processor;
    if (address < begin || address >= end) {
        return;
    }
    if (qemu_plugin_mem_size_shift(info) == 2 && address % 4 == 0 && !qemu_plugin_mem_is_store(info)) {
        word_loads++;
        return;
    }
    if (others++ == 0) {
        first_instruction = (uintptr_t)instruction;
        first_address = address;
    }
}

static void translated(tm_plugin_id id, void *block) {
    (void)id;
    const size_t count = qemu_plugin_tb_n_insns(block);
    for (size_t i = 0; i < count; i++) {
        void *const instruction = qemu_plugin_tb_get_insn(block, i);
        void *const where = (void *)(uintptr_t)qemu_plugin_insn_vaddr(instruction);
        qemu_plugin_register_vcpu_mem_cb(instruction, accessed, 0, READ_AND_WRITE, where);
    }
}

static void ended(tm_plugin_id id, void *unused) {
    (void)id, (void)unused;
    FILE *const file = fopen(out, "w");
    if (file == NULL) {
        perror(out);
        return;
    }
    fprintf(file, "words %" PRIu64 "\nothers %" PRIu64 " %" PRIx64 " %" PRIx64 "\n", word_loads, others,
            first_instruction, first_address);
    fclose(file);
}

int qemu_plugin_install(tm_plugin_id id, const void *info, int count, char **arguments);
int qemu_plugin_install(tm_plugin_id id, const void *info, int count, char **arguments) {
    (void)info;
    for (int i = 0; i < count; i++) {
        if (strncmp(arguments[i], "out=", 4) == 0) {
            snprintf(out, sizeof out, "%s", arguments[i] + 4);
        } else if (strncmp(arguments[i], "begin=", 6) == 0) {
            begin = strtoull(arguments[i] + 6, NULL, 0);
        } else if (strncmp(arguments[i], "end=", 4) == 0) {
            end = strtoull(arguments[i] + 4, NULL, 0);
        }
    }
    if (out[0] == 0 || begin >= end) {
        fputs("the words plugin takes out=FILE,begin=ADDRESS,end=ADDRESS\n", stderr);
        return 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, ended, NULL);
    return 0;
}
