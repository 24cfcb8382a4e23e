/*
 * Workers on Windows: the program starts itself again with the same command line and two
 * inherited pipe handles in the environment variable below; process_start() in that child,
 * reached after the same rules were compiled again, runs the body and exits instead of starting
 * a third process. Checked by the compiler only until the issue that builds the Windows
 * program.
 */
#include "base/process.h"

#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#include <psapi.h> /* needs windows.h in front of it */

#define WORKER_VARIABLE "HAUBERK_WORKER_PIPES"

static volatile LONG interrupted;

static BOOL WINAPI on_console(DWORD event)
{
    (void)event;
    InterlockedExchange(&interrupted, 1);
    return TRUE;
}

void interrupt_catch(void)
{
    SetConsoleCtrlHandler(on_console, TRUE);
}

bool interrupt_seen(void)
{
    return interrupted != 0;
}

int64_t channel_read(struct channel *channel, void *out, size_t len, struct err *err)
{
    (void)err; /* a broken pipe is the end of the other side */
    int got = _read(channel->in, out, (unsigned)(len > 1U << 20 ? 1U << 20 : len));
    return got < 0 ? 0 : got;
}

int channel_read_full(struct channel *channel, void *out, size_t len, struct err *err)
{
    size_t done = 0;
    while (done < len) {
        int64_t got = channel_read(channel, (char *)out + done, len - done, err);
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
    (void)err;
    size_t done = 0;
    while (done < len) {
        size_t part = len - done > 1U << 20 ? 1U << 20 : len - done;
        int put = _write(channel->out, (const char *)bytes + done, (unsigned)part);
        if (put <= 0)
            return 1;
        done += (size_t)put;
    }
    return 0;
}

/* In a child: takes the handles from the environment, runs the body and never returns. */
static void run_if_worker(process_body *body, void *context)
{
    unsigned long long in, out;
    const char *text = getenv(WORKER_VARIABLE);
    if (!text || sscanf(text, "%llu,%llu", &in, &out) != 2)
        return;
    struct channel channel = { _open_osfhandle((intptr_t)in, _O_BINARY),
                               _open_osfhandle((intptr_t)out, _O_BINARY) };
    exit(body(context, &channel));
}

static bool make_pipe(HANDLE *read_end, HANDLE *write_end, HANDLE *ours)
{
    SECURITY_ATTRIBUTES inherit = { sizeof inherit, NULL, TRUE };
    return CreatePipe(read_end, write_end, &inherit, 0) &&
           SetHandleInformation(*ours, HANDLE_FLAG_INHERIT, 0);
}

int process_start(struct process *process, process_body *body, void *context, struct err *err)
{
    run_if_worker(body, context);
    HANDLE down_read, down_write, up_read, up_write;
    if (!make_pipe(&down_read, &down_write, &down_write) ||
        !make_pipe(&up_read, &up_write, &up_read))
        return err_set(err, ERR_ENVIRONMENT, "cannot make a pipe: Windows error %lu",
                       GetLastError());
    char handles[64];
    snprintf(handles, sizeof handles, "%llu,%llu", (unsigned long long)(uintptr_t)down_read,
             (unsigned long long)(uintptr_t)up_write);
    SetEnvironmentVariableA(WORKER_VARIABLE, handles);
    STARTUPINFOW startup = { .cb = sizeof startup };
    PROCESS_INFORMATION child;
    BOOL ok = CreateProcessW(NULL, GetCommandLineW(), NULL, NULL, TRUE,
                             CREATE_NEW_PROCESS_GROUP, NULL, NULL, &startup, &child);
    SetEnvironmentVariableA(WORKER_VARIABLE, NULL);
    CloseHandle(down_read);
    CloseHandle(up_write);
    if (!ok)
        return err_set(err, ERR_ENVIRONMENT, "cannot start a worker: Windows error %lu",
                       GetLastError());
    CloseHandle(child.hThread);
    process->id = (int64_t)(intptr_t)child.hProcess;
    process->channel.in = _open_osfhandle((intptr_t)up_read, _O_BINARY);
    process->channel.out = _open_osfhandle((intptr_t)down_write, _O_BINARY);
    return 0;
}

static bool has_something(const struct process *process)
{
    DWORD available = 0;
    HANDLE pipe = (HANDLE)_get_osfhandle(process->channel.in);
    return !PeekNamedPipe(pipe, NULL, 0, NULL, &available, NULL) || available > 0;
}

int process_wait_any(struct process *processes, size_t count, int timeout_ms, bool *ready,
                     struct err *err)
{
    (void)err;
    /* Anonymous pipes cannot be waited for: look every few milliseconds. */
    for (int waited = 0;; waited += 5) {
        bool any = false;
        for (size_t i = 0; i < count; i++)
            any |= ready[i] = processes[i].id && has_something(&processes[i]);
        if (any || waited >= timeout_ms || interrupt_seen())
            return 0;
        Sleep(5);
    }
}

void process_reap(struct process *process, bool kill, char *why, size_t why_size)
{
    if (why_size)
        why[0] = '\0';
    if (!process->id)
        return;
    HANDLE handle = (HANDLE)(intptr_t)process->id;
    _close(process->channel.in);
    _close(process->channel.out);
    if (kill)
        TerminateProcess(handle, 1);
    WaitForSingleObject(handle, INFINITE);
    DWORD status = 0;
    GetExitCodeProcess(handle, &status);
    if (status)
        snprintf(why, why_size, "worker ended with status 0x%lx", status);
    CloseHandle(handle);
    process->id = 0;
}

unsigned process_cpu_count(void)
{
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    return info.dwNumberOfProcessors;
}

static int64_t filetime_ms(FILETIME t)
{
    return (int64_t)((((uint64_t)t.dwHighDateTime << 32) | t.dwLowDateTime) / 10000);
}

void process_cpu_time(int64_t *user_ms, int64_t *system_ms)
{
    FILETIME created, ended, kernel, user;
    GetProcessTimes(GetCurrentProcess(), &created, &ended, &kernel, &user);
    *user_ms = filetime_ms(user);
    *system_ms = filetime_ms(kernel);
}

uint64_t process_peak_memory(void)
{
    PROCESS_MEMORY_COUNTERS counters;
    if (!GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof counters))
        return 0;
    return counters.PeakWorkingSetSize;
}

void process_crash(void)
{
    RaiseException(EXCEPTION_ACCESS_VIOLATION, EXCEPTION_NONCONTINUABLE, 0, NULL);
    ExitProcess(139);
}
