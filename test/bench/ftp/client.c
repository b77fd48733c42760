/*
 * The load of bench:ftp: sessions with blocking sockets, one thread each, which send one command at a time. In C, because it must
 * need less time than the fastest server. Compile with `cc -O2 -pthread`.
 *
 * Arguments: PORT USER PASSWORD SESSIONS SECONDS ACTION [ARGUMENT...]
 *   get NAME            downloads a file again and again (TYPE I once, then EPSV and RETR)
 *   login NAME          the same, with a new session for each file
 *   put NAME BYTES      uploads BYTES bytes to NAME-<number of the session> again and again (EPSV and STOR)
 *   put NAME BYTES DIR  the same; then opens DIR/NAME-<number of the session> and calls fsync
 *   list COMMAND        sends EPSV and a command such as `LIST many`
 *
 * Each session works for SECONDS, and finishes what it has begun; at least once. All begin after the last one has logged in.
 * Prints {"operations": N, "bytes": N, "seconds": N}. Fails with the reply that was not expected.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BUFFER_BYTES (256 * 1024)
#define MAX_REPLY 4096
/* A server that does not answer within this time has failed. */
#define TIMEOUT_SECONDS 60
/* Logins at the same time: more fill the queue of a listener, and a connection that it drops waits for a greeting forever. */
#define LOGINS_AT_ONCE 8

static int port;
static const char *user, *password, *action, *name, *folder;
static double seconds;
static long upload_bytes;
static pthread_barrier_t ready;
static sem_t logins;

struct session {
  pthread_t thread;
  int index, control;
  char reply[MAX_REPLY];
  size_t length;
  char *buffer;
  long operations, bytes;
};

static void fail(const char *what, const char *detail) {
  fprintf(stderr, "%s: %s\n", what, detail);
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static int connect_to(int to) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(to), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct timeval timeout = {.tv_sec = TIMEOUT_SECONDS};
  int one = 1, connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof address) < 0) fail("connect", strerror(errno));
  setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
  return connection;
}

static void write_all(int to, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t written = send(to, bytes, length, MSG_NOSIGNAL);
    if (written <= 0) fail("send", strerror(errno));
    bytes += written;
    length -= written;
  }
}

/* Takes one line from the control connection into `line`. */
static void read_line(struct session *session, char *line) {
  char *end;
  while (!(end = memchr(session->reply, '\n', session->length))) {
    if (session->length == MAX_REPLY) fail("reply", "too long");
    ssize_t got = recv(session->control, session->reply + session->length, MAX_REPLY - session->length, 0);
    if (got <= 0) fail("control connection", got == 0 ? "closed by the server" : strerror(errno));
    session->length += got;
  }
  size_t taken = end - session->reply + 1;
  memcpy(line, session->reply, taken);
  line[taken] = 0;
  session->length -= taken;
  memmove(session->reply, end + 1, session->length);
}

/* Reads a reply; a line such as `220 text` ends it. */
static void expect(struct session *session, const char *code, char *line) {
  do read_line(session, line);
  while (strlen(line) < 4 || line[3] != ' ' || line[0] < '1' || line[0] > '5');
  if (strncmp(line, code, strlen(code)) != 0) fail(code, line);
}

static void command(struct session *session, const char *verb, const char *argument, const char *code, char *line) {
  char text[MAX_REPLY];
  int length = snprintf(text, sizeof text, *argument ? "%s %s\r\n" : "%s%s\r\n", verb, argument);
  write_all(session->control, text, length);
  expect(session, code, line);
}

static void open_session(struct session *session) {
  char line[MAX_REPLY + 1];
  session->control = connect_to(port);
  session->length = 0;
  expect(session, "220", line);
  command(session, "USER", user, "331", line);
  command(session, "PASS", password, "230", line);
  command(session, "TYPE", "I", "200", line);
}

static void close_session(struct session *session) {
  char line[MAX_REPLY + 1];
  command(session, "QUIT", "", "221", line);
  close(session->control);
}

static int open_data(struct session *session) {
  char line[MAX_REPLY + 1];
  command(session, "EPSV", "", "229", line);
  const char *at = strstr(line, "|||");
  if (!at) fail("EPSV", line);
  return connect_to(atoi(at + 3));
}

static void download(struct session *session, const char *verb, const char *argument) {
  char line[MAX_REPLY + 1];
  int data = open_data(session);
  command(session, verb, argument, "1", line);
  ssize_t got;
  while ((got = recv(data, session->buffer, BUFFER_BYTES, 0)) > 0) session->bytes += got;
  if (got < 0) fail("data connection", strerror(errno));
  close(data);
  expect(session, "226", line);
}

static void sync_file(const char *file) {
  char path[2 * MAX_REPLY + 2];
  snprintf(path, sizeof path, "%s/%s", folder, file);
  int opened = open(path, O_WRONLY | O_CLOEXEC);
  if (opened < 0 || fsync(opened) < 0) fail(path, strerror(errno));
  close(opened);
}

static void upload(struct session *session) {
  char line[MAX_REPLY + 1], file[MAX_REPLY];
  snprintf(file, sizeof file, "%s-%d", name, session->index);
  int data = open_data(session);
  command(session, "STOR", file, "1", line);
  for (long left = upload_bytes; left > 0; left -= BUFFER_BYTES)
    write_all(data, session->buffer, left < BUFFER_BYTES ? left : BUFFER_BYTES);
  close(data);
  expect(session, "226", line);
  if (folder) sync_file(file);
  session->bytes += upload_bytes;
}

static void operate(struct session *session) {
  if (strcmp(action, "put") == 0) return upload(session);
  if (strcmp(action, "get") == 0) return download(session, "RETR", name);
  if (strcmp(action, "list") == 0) return download(session, name, "");
  open_session(session);
  download(session, "RETR", name);
  close_session(session);
}

static void *run(void *argument) {
  struct session *session = argument;
  int keeps_session = strcmp(action, "login") != 0;
  session->buffer = malloc(BUFFER_BYTES);
  memset(session->buffer, 'x', BUFFER_BYTES);
  if (keeps_session) {
    sem_wait(&logins);
    open_session(session);
    sem_post(&logins);
  }
  pthread_barrier_wait(&ready);
  double ends = now() + seconds;
  do {
    operate(session);
    session->operations++;
  } while (now() < ends);
  return NULL;
}

int main(int count, char **arguments) {
  if (count < 8) fail("arguments", "PORT USER PASSWORD SESSIONS SECONDS ACTION ARGUMENT...");
  port = atoi(arguments[1]);
  user = arguments[2];
  password = arguments[3];
  int sessions = atoi(arguments[4]);
  seconds = atof(arguments[5]);
  action = arguments[6];
  name = arguments[7];
  if (count > 8) upload_bytes = atol(arguments[8]);
  if (count > 9) folder = arguments[9];

  struct session *all = calloc(sessions, sizeof *all);
  pthread_barrier_init(&ready, NULL, sessions + 1);
  sem_init(&logins, 0, LOGINS_AT_ONCE);
  for (int index = 0; index < sessions; index++) {
    all[index].index = index;
    if (pthread_create(&all[index].thread, NULL, run, &all[index]) != 0) fail("thread", "cannot be created");
  }
  pthread_barrier_wait(&ready);
  double began = now();
  long operations = 0, bytes = 0;
  for (int index = 0; index < sessions; index++) {
    pthread_join(all[index].thread, NULL);
    operations += all[index].operations;
    bytes += all[index].bytes;
  }
  printf("{\"operations\": %ld, \"bytes\": %ld, \"seconds\": %.6f}\n", operations, bytes, now() - began);
  return 0;
}
