/*
 * A plugin for qemu-x86_64 (user mode) that writes what a program does as Valgrind's lackey would: a line for each
 * instruction, load and store, and those lines about system calls that tell what memory the program has.
 *
 *   cc -O2 -shared -fPIC -DPLUGIN_VERSION=1 -o qemu-plugin.so qemu-plugin.c
 *   qemu-x86_64 -plugin ./qemu-plugin.so,fd=3 PROGRAM … 3>trace.lk
 *
 * With tail=FILE what is not written yet is in that file, of a few pages, where it can be read when a signal has ended
 * the program: struct tail.
 *
 * It needs no header of QEMU, which distributions do not ship: the calls are declared here, after
 * include/qemu/qemu-plugin.h of QEMU 7.2. PLUGIN_VERSION is that of the plugin interface.
 *
 * Unlike lackey: a modify is a load and a store, and an access of 16 bytes may be two of 8.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef PLUGIN_VERSION
#define PLUGIN_VERSION 1
#endif
#define EXPORT __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
typedef uint32_t qemu_plugin_meminfo_t;
typedef struct qemu_info qemu_info_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { CB_NO_REGS = 0, MEM_READ_WRITE = 3 };

extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, void (*)(qemu_plugin_id_t, struct qemu_plugin_tb *));
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
extern size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *);
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *, void (*)(unsigned, void *), int, void *);
extern void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *,
                                             void (*)(unsigned, qemu_plugin_meminfo_t, uint64_t, void *), int, int,
                                             void *);
extern unsigned qemu_plugin_mem_size_shift(qemu_plugin_meminfo_t);
extern bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t);
extern void qemu_plugin_register_vcpu_syscall_cb(qemu_plugin_id_t,
                                                 void (*)(qemu_plugin_id_t, unsigned, int64_t, uint64_t, uint64_t,
                                                          uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t));
extern void qemu_plugin_register_vcpu_syscall_ret_cb(qemu_plugin_id_t,
                                                     void (*)(qemu_plugin_id_t, unsigned, int64_t, int64_t));
extern void qemu_plugin_register_atexit_cb(qemu_plugin_id_t, void (*)(qemu_plugin_id_t, void *), void *);

EXPORT int qemu_plugin_version = PLUGIN_VERSION;

/* x86-64 Linux, arch/x86/entry/syscalls/syscall_64.tbl */
enum {
  SYS_MMAP = 9, SYS_MPROTECT = 10, SYS_MUNMAP = 11, SYS_BRK = 12, SYS_MREMAP = 25, SYS_SHMAT = 30, SYS_CLONE = 56,
  SYS_FORK = 57, SYS_VFORK = 58, SYS_EXECVE = 59, SYS_EXECVEAT = 322, SYS_CLONE3 = 435
};
enum { GUEST_CLONE_THREAD = 0x10000, GUEST_MAP_ANONYMOUS = 0x20 };

/* No line is longer but that of a mapping, which is written in one piece of its own. */
enum { BUFFER_BYTES = 32 * 1024, RECORD_BYTES = 32, PATH_BYTES = 4096, PIPE_BYTES = 1 << 20 };
/* The recording's descriptor goes up here, out of the program's way. */
enum { HIGH_DESCRIPTOR = 900 };

struct tail {
  uint64_t written; /* bytes before those in the buffer; of these, some more may have been written */
  uint64_t used;
  char buffer[BUFFER_BYTES + RECORD_BYTES];
};
static struct tail own;
static struct tail *tail = &own;
static int out = -1;
/* Whether the program has had more than one thread: lines are then put together under the lock. */
static bool threaded;
static atomic_flag lock = ATOMIC_FLAG_INIT;

/* The process may end at any moment: bytes come before their number. */
static inline void set(uint64_t *number, uint64_t value) { __atomic_store_n(number, value, __ATOMIC_RELEASE); }

static void flush(void) {
  size_t done = 0, bytes = tail->used;
  while (out >= 0 && done < bytes) {
    ssize_t written = write(out, tail->buffer + done, bytes - done);
    if (written > 0) done += (size_t)written;
    else if (errno != EINTR) out = -1; /* nobody reads any more: the program goes on */
  }
  set(&tail->used, 0);
  set(&tail->written, tail->written + bytes);
}

static inline void enter(void) {
  if (threaded) while (atomic_flag_test_and_set_explicit(&lock, memory_order_acquire)) sched_yield();
}

static inline void leave(void) {
  if (threaded) atomic_flag_clear_explicit(&lock, memory_order_release);
}

/* "I  0401ab70,3": at least eight digits, as lackey has them. */
static inline void record(char first, char second, uint64_t va, unsigned bytes) {
  static const char DIGITS[16] = "0123456789abcdef";
  enter();
  char *const begin = tail->buffer + tail->used;
  char *at = begin;
  at[0] = first;
  at[1] = second;
  at[2] = ' ';
  at += 3;
  int digits = va >> 32 == 0 ? 8 : (67 - __builtin_clzll(va)) / 4;
  for (int digit = digits - 1; digit >= 0; digit--, va >>= 4) at[digit] = DIGITS[va & 15];
  at += digits;
  *at++ = ',';
  if (bytes >= 10) *at++ = (char)('0' + bytes / 10);
  *at++ = (char)('0' + bytes % 10);
  *at++ = '\n';
  set(&tail->used, tail->used + (uint64_t)(at - begin));
  if (tail->used >= BUFFER_BYTES) flush();
  leave();
}

static void text(const char *line, size_t bytes) {
  enter();
  if (tail->used + bytes > BUFFER_BYTES) flush();
  if (bytes <= BUFFER_BYTES) {
    memcpy(tail->buffer + tail->used, line, bytes);
    set(&tail->used, tail->used + bytes);
  }
  leave();
}

static void executed(unsigned cpu, void *instruction) {
  (void)cpu;
  uintptr_t packed = (uintptr_t)instruction;
  record('I', ' ', packed >> 4, packed & 15); /* user-space addresses have 57 bits, instructions 15 bytes at most */
}

static void accessed(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t va, void *unused) {
  (void)cpu, (void)unused;
  record(' ', qemu_plugin_mem_is_store(info) ? 'S' : 'L', va, 1u << qemu_plugin_mem_size_shift(info));
}

/*
 * The mappings of the program, when it is about to begin. QEMU keeps them far below its own, at the addresses that the
 * program knows, unless it was told otherwise or the host leaves no room: then there are none here.
 */
static const uint64_t OWN_MAPPINGS_START = 0x500000000000;

static void tell_mappings(void) {
  FILE *maps = fopen("/proc/self/maps", "re");
  char line[PATH_BYTES + 128], told[sizeof line + 32];
  while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
    if (strtoull(line, NULL, 16) >= OWN_MAPPINGS_START) break;
    int bytes = snprintf(told, sizeof told, "--%d-- mapped %s", getpid(), line);
    if (bytes > 0 && (size_t)bytes < sizeof told && told[bytes - 1] == '\n') text(told, (size_t)bytes);
  }
  if (maps != NULL) fclose(maps);
  text(told, (size_t)snprintf(told, sizeof told, "--%d-- mapped all\n", getpid()));
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *block) {
  (void)id;
  static atomic_flag begun = ATOMIC_FLAG_INIT;
  if (!atomic_flag_test_and_set(&begun)) tell_mappings();
  size_t count = qemu_plugin_tb_n_insns(block);
  for (size_t index = 0; index < count; index++) {
    struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, index);
    uint64_t packed = qemu_plugin_insn_vaddr(instruction) << 4 | qemu_plugin_insn_size(instruction);
    qemu_plugin_register_vcpu_insn_exec_cb(instruction, executed, CB_NO_REGS, (void *)(uintptr_t)packed);
    qemu_plugin_register_vcpu_mem_cb(instruction, accessed, CB_NO_REGS, MEM_READ_WRITE, NULL);
  }
}

/* The arguments of the call that this thread is in. */
static __thread uint64_t given[6];

static void called(qemu_plugin_id_t id, unsigned cpu, int64_t number, uint64_t a1, uint64_t a2, uint64_t a3,
                   uint64_t a4, uint64_t a5, uint64_t a6, uint64_t a7, uint64_t a8) {
  (void)id, (void)a7, (void)a8;
  const uint64_t all[6] = {a1, a2, a3, a4, a5, a6};
  memcpy(given, all, sizeof given);
  if (number == SYS_CLONE3 || (number == SYS_CLONE && (a1 & GUEST_CLONE_THREAD) != 0)) threaded = true;
  if (number == SYS_EXECVE || number == SYS_EXECVEAT) {
    char line[128];
    int bytes = snprintf(line, sizeof line, "SYSCALL[%d,%u](%d) sys_execve ( 0x%lx, 0x%lx, 0x%lx )\n", getpid(),
                         cpu + 1, (int)number, a1, a2, a3);
    text(line, (size_t)bytes);
    enter();
    flush(); /* it may not come back */
    leave();
  }
}

static void returned(qemu_plugin_id_t id, unsigned cpu, int64_t number, int64_t result) {
  (void)id;
  char line[PATH_BYTES + 256], path[PATH_BYTES] = "", link[64];
  const uint64_t *a = given;
  int at = snprintf(line, sizeof line, "SYSCALL[%d,%u](%d) ", getpid(), cpu + 1, (int)number);
  char *end = line + at;
  size_t left = sizeof line - (size_t)at;
  const char *how = " --> [pre-success]";
  switch (number) {
  case SYS_MMAP:
    if ((a[3] & GUEST_MAP_ANONYMOUS) == 0) {
      snprintf(link, sizeof link, "/proc/self/fd/%d", (int)a[4]);
      ssize_t bytes = readlink(link, path + 1, sizeof path - 3);
      if (bytes > 0) {
        path[0] = '(';
        strcpy(path + 1 + bytes, ")");
        for (char *c = path; *c != 0; c++) if (*c == '\n') *c = '?';
      }
    }
    at += snprintf(end, left, "sys_mmap ( 0x%lx, %lu, %lu, %lu, %u%s, %lu )", a[0], a[1], a[2], a[3], (unsigned)a[4],
                   path, a[5]);
    break;
  case SYS_MPROTECT:
    how = "[sync] -->";
    at += snprintf(end, left, "sys_mprotect ( 0x%lx, %lu, %lu )", a[0], a[1], a[2]);
    break;
  case SYS_MUNMAP:
    how = "[sync] -->";
    at += snprintf(end, left, "sys_munmap ( 0x%lx, %lu )", a[0], a[1]);
    break;
  case SYS_BRK: at += snprintf(end, left, "sys_brk ( 0x%lx )", a[0]); break;
  case SYS_MREMAP:
    at += snprintf(end, left, "sys_mremap ( 0x%lx, %lu, %lu, 0x%lx )", a[0], a[1], a[2], a[3]);
    break;
  case SYS_SHMAT: at += snprintf(end, left, "sys_shmat ( %lu, 0x%lx, %lu )", a[0], a[1], a[2]); break;
  case SYS_EXECVE:
  case SYS_EXECVEAT: at += snprintf(end, left, "sys_execve ( 0x%lx )", a[0]); break;
  case SYS_CLONE:
  case SYS_FORK:
  case SYS_VFORK:
    if (result <= 0 || (number == SYS_CLONE && (a[0] & GUEST_CLONE_THREAD) != 0)) return;
    at += snprintf(end, left, "sys_clone ( %lx )   clone(fork): process %d created child %ld", a[0], getpid(), result);
    break;
  default: return;
  }
  if (result < 0 && result > -4096) at += snprintf(line + at, sizeof line - (size_t)at, "%s Failure(0x%lx) \n", how, -result);
  else at += snprintf(line + at, sizeof line - (size_t)at, "%s Success(0x%lx) \n", how, result);
  if ((size_t)at < sizeof line) text(line, (size_t)at);
}

/* What a forked process does is not the program's. */
static void silence(void) {
  tail = &own;
  tail->used = 0;
  if (out >= 0) close(out);
  out = -1;
}

static void share_tail(const char *path) {
  int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return;
  if (ftruncate(file, sizeof *tail) == 0) {
    void *shared = mmap(NULL, sizeof *tail, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (shared != MAP_FAILED) tail = shared;
  }
  close(file);
}

static void ended(qemu_plugin_id_t id, void *unused) {
  (void)id, (void)unused;
  char line[64];
  text(line, (size_t)snprintf(line, sizeof line, "==%d== End of the recording\n", getpid()));
  enter();
  flush();
  leave();
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv) {
  (void)info;
  int given_fd = -1;
  for (int index = 0; index < argc; index++) {
    if (strncmp(argv[index], "fd=", 3) == 0) given_fd = atoi(argv[index] + 3);
    if (strncmp(argv[index], "tail=", 5) == 0) share_tail(argv[index] + 5);
  }
  out = fcntl(given_fd, F_DUPFD_CLOEXEC, HIGH_DESCRIPTOR);
  if (out < 0) out = fcntl(given_fd, F_DUPFD_CLOEXEC, 0);
  if (out < 0) {
    fprintf(stderr, "qemu-plugin: fd=%d: %s\n", given_fd, strerror(errno));
    return -1;
  }
  close(given_fd);
  fcntl(out, F_SETPIPE_SZ, PIPE_BYTES); /* no pipe, or too much for this user: it is slower then */
  pthread_atfork(NULL, NULL, silence);
  qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
  qemu_plugin_register_vcpu_syscall_cb(id, called);
  qemu_plugin_register_vcpu_syscall_ret_cb(id, returned);
  qemu_plugin_register_atexit_cb(id, ended, NULL);
  return 0;
}
