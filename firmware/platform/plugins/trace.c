/* A QEMU plugin that writes down which instructions a program executed, in order.

     qemu-system-xtensa ... -plugin libtrace.so,out=PREFIX

   Two files, that tinyml/device/trace.py reads:
     PREFIX.code  a line for each translated instruction: address, size, function, disassembly, parted by tabs
     PREFIX.runs  records of three uint32: the address of a run's first instruction, how many instructions follow one
                  another in memory, how often the run was repeated at once (1: it came once)
   A run ends where the next instruction executed is not the next in memory, so records and code together give every
   executed instruction, while a loop of a million rounds is one record.

   Only what is declared here is used of QEMU's plugin interface (version 1, since QEMU 4.2), so no header of QEMU's is
   needed to build it. For machines with one processor. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t tm_plugin_id;
int qemu_plugin_version = 1;
extern void qemu_plugin_register_vcpu_tb_trans_cb(tm_plugin_id, void (*)(tm_plugin_id, void *));
extern size_t qemu_plugin_tb_n_insns(const void *block);
extern void *qemu_plugin_tb_get_insn(const void *block, size_t index);
extern uint64_t qemu_plugin_insn_vaddr(const void *instruction);
extern size_t qemu_plugin_insn_size(const void *instruction);
extern char *qemu_plugin_insn_disas(const void *instruction);
extern const char *qemu_plugin_insn_symbol(const void *instruction);
extern void qemu_plugin_register_vcpu_insn_exec_cb(void *instruction, void (*)(unsigned, void *), int flags, void *);
extern void qemu_plugin_register_atexit_cb(tm_plugin_id, void (*)(tm_plugin_id, void *), void *);

typedef struct tm_run {
    uint32_t address, instructions, times;
} tm_run;

static FILE *code_file, *runs_file;
static tm_run finished; /* the run before the present one, held back in case it comes again */
static tm_run present;
static uint32_t next_address;

static void finish_run(void) {
    if (present.address == finished.address && present.instructions == finished.instructions) {
        finished.times++;
        return;
    }
    if (finished.times > 0) {
        fwrite(&finished, sizeof finished, 1, runs_file);
    }
    finished = present;
}

/* `where` is the instruction's address and size in one word: allocating a struct for each would never be freed. */
static void executed(unsigned processor, void *where) {
    (void)processor;
    const uint32_t address = (uint32_t)((uintptr_t)where >> 8), size = (uintptr_t)where & 0xFF;
    if (address != next_address || present.instructions == 0) {
        if (present.instructions > 0) {
            finish_run();
        }
        present = (tm_run){address, 0, 1};
    }
    present.instructions++;
    next_address = address + size;
}

static void translated(tm_plugin_id id, void *block) {
    (void)id;
    const size_t count = qemu_plugin_tb_n_insns(block);
    for (size_t i = 0; i < count; i++) {
        void *const instruction = qemu_plugin_tb_get_insn(block, i);
        const uint32_t address = (uint32_t)qemu_plugin_insn_vaddr(instruction);
        const size_t size = qemu_plugin_insn_size(instruction);
        const char *const function = qemu_plugin_insn_symbol(instruction);
        char *const words = qemu_plugin_insn_disas(instruction);
        for (char *tab = words; (tab = strchr(tab, '\t')) != NULL;) {
            *tab = ' ';
        }
        fprintf(code_file, "%08" PRIx32 "\t%zu\t%s\t%s\n", address, size, function ? function : "", words);
        free(words);
        void *const where = (void *)((uintptr_t)address << 8 | size);
        qemu_plugin_register_vcpu_insn_exec_cb(instruction, executed, 0, where);
    }
}

static void ended(tm_plugin_id id, void *unused) {
    (void)id, (void)unused;
    if (present.instructions > 0) {
        finish_run();
    }
    present.address = ~finished.address; /* unlike the one held back, which is written now */
    finish_run();
    fclose(runs_file);
    fclose(code_file);
}

static FILE *create(const char *prefix, const char *suffix) {
    char path[4096];
    snprintf(path, sizeof path, "%s%s", prefix, suffix);
    FILE *const file = fopen(path, "wb");
    if (file == NULL) {
        perror(path);
    }
    return file;
}

int qemu_plugin_install(tm_plugin_id id, const void *info, int count, char **arguments);
int qemu_plugin_install(tm_plugin_id id, const void *info, int count, char **arguments) {
    (void)info;
    if (count != 1 || strncmp(arguments[0], "out=", 4) != 0) {
        fputs("the trace plugin takes one argument, out=PREFIX\n", stderr);
        return 1;
    }
    code_file = create(arguments[0] + 4, ".code");
    runs_file = create(arguments[0] + 4, ".runs");
    if (code_file == NULL || runs_file == NULL) {
        return 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, ended, NULL);
    return 0;
}
