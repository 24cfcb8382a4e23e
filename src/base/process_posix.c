#include "base/process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"

/* Set by the signal handler only: the one mutable global of base/. */
static volatile sig_atomic_t interrupted;

static void on_signal(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

void interrupt_catch(void)
{
    struct sigaction action = { 0 };
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

bool interrupt_seen(void)
{
    return interrupted != 0;
}

int64_t channel_read(struct channel *channel, void *out, size_t len, struct err *err)
{
    ssize_t got;
    do {
        got = read(channel->in, out, len);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return err_set(err, ERR_ENVIRONMENT, "cannot read from pipe: %s", strerror(errno));
    return got;
}

int channel_read_full(struct channel *channel, void *out, size_t len, struct err *err)
{
    size_t done = 0;
    while (done < len) {
        int64_t got = channel_read(channel, (char *)out + done, len - done, err);
        if (got < 0)
            return -1;
        if (got == 0 && done == 0)
            return 1;
        if (got == 0)
            return err_set(err, ERR_ENVIRONMENT, "pipe ended in the middle of a message");
        done += (size_t)got;
    }
    return 0;
}

int channel_write_full(struct channel *channel, const void *bytes, size_t len, struct err *err)
{
    size_t done = 0;
    while (done < len) {
        ssize_t put = write(channel->out, (const char *)bytes + done, len - done);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0 && errno == EPIPE)
            return 1;
        if (put < 0)
            return err_set(err, ERR_ENVIRONMENT, "cannot write to pipe: %s", strerror(errno));
        done += (size_t)put;
    }
    return 0;
}

/*
 * A worker keeps nothing of ours but its own channel: not the pipes of other workers (they
 * would never see their end) and not the case file (it must not be reachable from hostile
 * evidence).
 */
static void close_others(struct channel channel)
{
    long max = sysconf(_SC_OPEN_MAX);
    for (int fd = 3; fd < (max > 0 && max < 4096 ? max : 4096); fd++)
        if (fd != channel.in && fd != channel.out)
            close(fd);
}

static void child_run(process_body *body, void *context, struct channel channel)
{
    close_others(channel);
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    int status = body(context, &channel);
    _exit(status);
}

int process_start(struct process *process, process_body *body, void *context, struct err *err)
{
    int down[2], up[2];
    if (pipe(down) < 0)
        return err_set(err, ERR_ENVIRONMENT, "cannot make a pipe: %s", strerror(errno));
    if (pipe(up) < 0) {
        close(down[0]);
        close(down[1]);
        return err_set(err, ERR_ENVIRONMENT, "cannot make a pipe: %s", strerror(errno));
    }
    fflush(NULL); /* or the child would print our buffers once more */
    pid_t pid = fork();
    if (pid == 0) {
        close(down[1]);
        close(up[0]);
        child_run(body, context, (struct channel){ down[0], up[1] });
    }
    close(down[0]);
    close(up[1]);
    process->channel = (struct channel){ up[0], down[1] };
    process->id = pid;
    if (pid < 0) {
        int saved = errno;
        close(up[0]);
        close(down[1]);
        process->id = 0;
        return err_set(err, ERR_ENVIRONMENT, "cannot start a worker: %s", strerror(saved));
    }
    return 0;
}

int process_wait_any(struct process *processes, size_t count, int timeout_ms, bool *ready,
                     struct err *err)
{
    struct pollfd *polls = mem_alloc(count * sizeof *polls);
    for (size_t i = 0; i < count; i++) {
        polls[i].fd = processes[i].id ? processes[i].channel.in : -1;
        polls[i].events = POLLIN;
    }
    int n = poll(polls, (nfds_t)count, timeout_ms);
    int failed = n < 0 && errno != EINTR;
    for (size_t i = 0; i < count; i++)
        ready[i] = n > 0 && polls[i].fd >= 0 && polls[i].revents != 0;
    free(polls);
    return failed ? err_set(err, ERR_ENVIRONMENT, "poll: %s", strerror(errno)) : 0;
}

void process_reap(struct process *process, bool kill_it, char *why, size_t why_size)
{
    if (why_size)
        why[0] = '\0';
    if (!process->id)
        return;
    close(process->channel.in);
    close(process->channel.out);
    if (kill_it)
        kill((pid_t)process->id, SIGKILL);
    int status = 0;
    while (waitpid((pid_t)process->id, &status, 0) < 0 && errno == EINTR)
        continue;
    if (WIFSIGNALED(status))
        snprintf(why, why_size, "worker ended by signal %d", WTERMSIG(status));
    else if (WEXITSTATUS(status))
        snprintf(why, why_size, "worker ended with status %d", WEXITSTATUS(status));
    process->id = 0;
}

unsigned process_cpu_count(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (unsigned)n : 1;
}

static int64_t timeval_ms(struct timeval t)
{
    return (int64_t)t.tv_sec * 1000 + t.tv_usec / 1000;
}

void process_cpu_time(int64_t *user_ms, int64_t *system_ms)
{
    struct rusage self, children;
    getrusage(RUSAGE_SELF, &self);
    getrusage(RUSAGE_CHILDREN, &children);
    *user_ms = timeval_ms(self.ru_utime) + timeval_ms(children.ru_utime);
    *system_ms = timeval_ms(self.ru_stime) + timeval_ms(children.ru_stime);
}

uint64_t process_peak_memory(void)
{
    struct rusage self, children;
    getrusage(RUSAGE_SELF, &self);
    getrusage(RUSAGE_CHILDREN, &children);
    long peak = self.ru_maxrss > children.ru_maxrss ? self.ru_maxrss : children.ru_maxrss;
    return (uint64_t)peak * 1024;
}

void process_crash(void)
{
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
    _exit(139);
}
