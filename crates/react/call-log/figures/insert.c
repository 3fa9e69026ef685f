/* What the figures are measured against: the same statements on the same tables with the same settings, in C.
 *
 *   insert calls FILE COUNT NORMAL|FULL   writes COUNT calls, each in a transaction of its own
 *   insert raw FILE COUNT BYTES           appends BYTES bytes COUNT times, each followed by fdatasync
 *
 * Prints how many a second. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "sqlite3.h"

/* So many calls come before the time is taken: SQLite's own log has its size then, as on every day but the first. */
#define WARM_UP 300

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static sqlite3 *db;

static void need(int ok, const char *what) {
    if (!ok) {
        fprintf(stderr, "%s: %s\n", what, db ? sqlite3_errmsg(db) : strerror(1));
        exit(1);
    }
}

static sqlite3_stmt *prepare(const char *sql) {
    sqlite3_stmt *s = NULL;
    need(sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL) == SQLITE_OK, sql);
    return s;
}

static void run(sqlite3_stmt *s) {
    need(sqlite3_step(s) == SQLITE_DONE, "step");
    sqlite3_reset(s);
}

static void text(sqlite3_stmt *s, int i, const char *t) {
    sqlite3_bind_text(s, i, t, -1, SQLITE_STATIC);
}

static int calls(const char *file, long count, const char *synchronous) {
    char pragma[200];
    need(sqlite3_open(file, &db) == SQLITE_OK, file);
    snprintf(pragma, sizeof pragma,
             "PRAGMA journal_mode = WAL; PRAGMA synchronous = %s; PRAGMA journal_size_limit = 67108864; "
             "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384",
             synchronous);
    need(sqlite3_exec(db, pragma, NULL, NULL, NULL) == SQLITE_OK, pragma);
    sqlite3_stmt *begin = prepare("BEGIN IMMEDIATE"), *commit = prepare("COMMIT");
    sqlite3_stmt *insert = prepare(
        "INSERT INTO calls (call_key, at, offset_minutes, site, line, direction, who, caller, number, e164, name, area, "
        "called, waiting, suspect, line_time, raw, mark, decision, action, stage, rule, cause, reason, steps, ending, "
        "rings, answered_ms, digits, recording, recording_bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
        "?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31) "
        "ON CONFLICT (call_key) DO NOTHING RETURNING id");
    sqlite3_stmt *uncounted = prepare("INSERT INTO uncounted (id) VALUES (?1)");
    uint64_t random = 88172645463325252u;
    double start = now();
    for (long i = -WARM_UP; i < count; i++) {
        if (i == 0) start = now();
        unsigned char key[16];
        char number[32], e164[32], name[32], rule[32];
        int64_t at = 1795176000000 + i * 1000;
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        for (int b = 0; b < 6; b++) key[b] = (unsigned char)(at >> (40 - 8 * b));
        memcpy(key + 6, &random, 8);
        key[14] = (unsigned char)i, key[15] = (unsigned char)(i >> 8);
        unsigned n = (unsigned)(random % 100000);
        snprintf(number, sizeof number, "030231%05u", n);
        snprintf(e164, sizeof e164, "+4930231%05u", n);
        snprintf(name, sizeof name, "Caller %u", n);
        snprintf(rule, sizeof rule, "blacklist.csv:%u", n % 50);
        run(begin);
        sqlite3_bind_blob(insert, 1, key, 16, SQLITE_STATIC);
        sqlite3_bind_int64(insert, 2, at);
        sqlite3_bind_int64(insert, 3, 60);
        text(insert, 4, "");
        text(insert, 5, "home");
        text(insert, 6, "in");
        text(insert, 7, e164);
        text(insert, 8, "number");
        text(insert, 9, number);
        text(insert, 10, e164);
        text(insert, 11, name);
        text(insert, 12, "Berlin");
        sqlite3_bind_null(insert, 13);
        sqlite3_bind_int64(insert, 14, 0);
        sqlite3_bind_null(insert, 15);
        text(insert, 16, "1120 1300");
        sqlite3_bind_blob(insert, 17, number, (int)strlen(number), SQLITE_STATIC);
        text(insert, 18, "B");
        text(insert, 19, "block");
        text(insert, 20, "hang-up");
        text(insert, 21, "deny");
        text(insert, 22, rule);
        text(insert, 23, "deny blacklist.csv");
        text(insert, 24, "listed as a caller that nobody wants");
        text(insert, 25, "not on an allow list\nlisted as a caller that nobody wants");
        text(insert, 26, "we hung up");
        sqlite3_bind_int64(insert, 27, 1);
        sqlite3_bind_int64(insert, 28, 1500);
        text(insert, 29, "");
        sqlite3_bind_null(insert, 30);
        sqlite3_bind_int64(insert, 31, 0);
        need(sqlite3_step(insert) == SQLITE_ROW, "insert");
        int64_t id = sqlite3_column_int64(insert, 0);
        need(sqlite3_step(insert) == SQLITE_DONE, "insert");
        sqlite3_reset(insert);
        sqlite3_bind_int64(uncounted, 1, id);
        run(uncounted);
        run(commit);
    }
    printf("%.1f\n", (double)count / (now() - start));
    sqlite3_finalize(begin), sqlite3_finalize(commit), sqlite3_finalize(insert), sqlite3_finalize(uncounted);
    sqlite3_close(db);
    return 0;
}

static int raw(const char *file, long count, size_t bytes) {
    char *block = calloc(1, bytes);
    int fd = open(file, O_CREAT | O_WRONLY | O_TRUNC, 0600);
    need(fd >= 0 && block != NULL, file);
    /* SQLite writes into a log that has its size after the first round; so does this. */
    for (long i = 0; i < count; i++) need(write(fd, block, bytes) == (ssize_t)bytes, "write");
    fsync(fd);
    double start = now();
    for (long i = 0; i < count; i++) {
        need(pwrite(fd, block, bytes, (off_t)(i * (long)bytes)) == (ssize_t)bytes, "write");
        need(fdatasync(fd) == 0, "fdatasync");
    }
    printf("%.1f\n", (double)count / (now() - start));
    close(fd);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 5 && !strcmp(argv[1], "calls")) return calls(argv[2], atol(argv[3]), argv[4]);
    if (argc == 5 && !strcmp(argv[1], "raw")) return raw(argv[2], atol(argv[3]), (size_t)atol(argv[4]));
    fprintf(stderr, "insert calls FILE COUNT NORMAL|FULL, or insert raw FILE COUNT BYTES\n");
    return 2;
}
