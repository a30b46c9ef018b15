// Stands between a program and the system's wall clock: CLOCK_REALTIME, gettimeofday and time are ahead by the seconds that the
// file named by WAYMARK_CLOCK_FILE says (`3600`, `-3600`). Every other clock, and whatever waits, is the system's own.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define KEPT_NS 100000000LL

static atomic_llong ahead;
static atomic_llong read_at;

static int ask(clockid_t clock, struct timespec *at) { return (int)syscall(SYS_clock_gettime, clock, at); }

static long long seconds_ahead(void) {
  struct timespec at;
  ask(CLOCK_MONOTONIC, &at);
  long long now = at.tv_sec * 1000000000LL + at.tv_nsec;
  long long last = atomic_load(&read_at);
  if ((last != 0 && now - last < KEPT_NS) || !atomic_compare_exchange_strong(&read_at, &last, now)) return atomic_load(&ahead);
  const char *name = getenv("WAYMARK_CLOCK_FILE");
  int file = name ? (int)syscall(SYS_openat, AT_FDCWD, name, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return atomic_load(&ahead);
  char text[32] = {0};
  if (syscall(SYS_read, file, text, sizeof text - 1) > 0) atomic_store(&ahead, atoll(text));
  syscall(SYS_close, file);
  return atomic_load(&ahead);
}

int clock_gettime(clockid_t clock, struct timespec *at) {
  int failed = ask(clock, at);
  if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) at->tv_sec += seconds_ahead();
  return failed;
}

int gettimeofday(struct timeval *at, void *zone) {
  (void)zone;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  *at = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
  return 0;
}

time_t time(time_t *at) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (at) *at = now.tv_sec;
  return now.tv_sec;
}
