/*
 * Worker processes with a pipe each way, and Ctrl-C.
 *
 * A worker runs `body` with the memory of the program as it was when the worker was started
 * (rules are compiled before), talks over its channel and ends when body returns. A worker that
 * crashes takes nothing with it: the coordinator reads the end of the pipe and asks
 * process_reap() why. Thread rule: the coordinator is single threaded.
 */
#ifndef HAUBERK_BASE_PROCESS_H
#define HAUBERK_BASE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* Both ends of a pair of pipes, as file descriptors. */
struct channel {
    int in;
    int out;
};

/* Exactly len bytes. 0 done, 1 the other side is gone (read: before the first byte), <0 *err.
 */
int channel_read_full(struct channel *channel, void *out, size_t len, struct err *err);
int channel_write_full(struct channel *channel, const void *bytes, size_t len, struct err *err);

/* What is there, up to len. Returns bytes, 0 when the other side is gone, <0 *err. */
int64_t channel_read(struct channel *channel, void *out, size_t len, struct err *err);

struct process {
    int64_t id; /* 0: none */
    struct channel channel;
};

typedef int process_body(void *context, struct channel *channel); /* returns the exit status */

/* Starts a worker. Workers ignore Ctrl-C; the coordinator ends them. */
int process_start(struct process *process, process_body *body, void *context, struct err *err);

/*
 * Waits until one of the running processes has something to read or is gone; sets ready[i].
 * Returns at the latest after timeout_ms. 0 done, <0 *err.
 */
int process_wait_any(struct process *processes, size_t count, int timeout_ms, bool *ready,
                     struct err *err);

/* Closes the channel, ends the process if it still runs, and says in words why it ended. */
void process_reap(struct process *process, bool kill, char *why, size_t why_size);

unsigned process_cpu_count(void);

/* User and system time of this program and of its ended workers, in milliseconds. */
void process_cpu_time(int64_t *user_ms, int64_t *system_ms);
uint64_t process_peak_memory(void); /* bytes: the largest of this process and ended workers */

void interrupt_catch(void); /* Ctrl-C and SIGTERM only set a flag from now on */
bool interrupt_seen(void);

/* Dies at once, as a crash does; for the fault switch of tests. */
void process_crash(void) __attribute__((noreturn));

#endif
