/* Writing: what a crash, a full disk, links, pipes and devices make of it.
 * SPDX-License-Identifier: MIT */
#include "../check.h"

#include "core/file.h"
#include "core/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64], path[96], other[96];

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/resnet50-test-draft-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(path, sizeof path, "%s/model.h5", folder);
    snprintf(other, sizeof other, "%s/other", folder);
    umask(022);
    return 0;
}

/* Calls what(name) for each entry but "." and "..", and returns their number. */
static size_t visit(void (*what)(const char *name))
{
    size_t n = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        n++;
        if (what) what(entry->d_name);
    }
    closedir(dir);
    return n;
}

static void remove_entry(const char *name)
{
    char entry[512];
    snprintf(entry, sizeof entry, "%s/%s", folder, name);
    if (unlink(entry) != 0) rmdir(entry);
}

static int remove_folder(void **state)
{
    (void)state;
    umount(other);
    visit(remove_entry);
    return rmdir(folder);
}

static void assert_file_holds(const char *file, const char *text)
{
    void *bytes = NULL;
    size_t size = 0;
    assert_ok(rn_file_read(&bytes, &size, file, 1000));
    assert_int_equal(size, strlen(text));
    assert_memory_equal(bytes, text, size);
    rn_free(bytes);
}

static void write_text(const char *file, const char *text)
{
    assert_ok(rn_file_write(file, text, strlen(text)));
}

static mode_t mode_of(const char *file)
{
    struct stat info;
    assert_int_equal(stat(file, &info), 0);
    return info.st_mode & 07777;
}

static void a_discarded_draft_changes_nothing(void **state)
{
    (void)state;
    rn_file_draft draft = RN_FILE_NO_DRAFT;
    write_text(path, "old");
    assert_ok(rn_file_draft_open(&draft, path));
    assert_ok(rn_file_draft_write(&draft, "new", 3));
    assert_int_equal(visit(NULL), 2);
    rn_file_draft_discard(&draft);
    rn_file_draft_discard(&draft);
    assert_int_equal(visit(NULL), 1);
    assert_file_holds(path, "old");
}

static void a_commit_replaces_at_once(void **state)
{
    (void)state;
    rn_file_draft draft = RN_FILE_NO_DRAFT;
    write_text(path, "old");
    assert_ok(rn_file_draft_open(&draft, path));
    assert_ok(rn_file_draft_write(&draft, "ne", 2));
    assert_ok(rn_file_draft_write(&draft, "w", 1));
    assert_file_holds(path, "old");
    assert_ok(rn_file_draft_commit(&draft));
    assert_file_holds(path, "new");
    rn_file_draft_discard(&draft); /* fine after commit */
    assert_file_holds(path, "new");
    assert_int_equal(visit(NULL), 1);
}

static void a_failed_commit_leaves_no_trace(void **state)
{
    (void)state;
    rn_file_draft draft = RN_FILE_NO_DRAFT;
    assert_ok(rn_file_draft_open(&draft, path));
    assert_int_equal(mkdir(path, 0700), 0); /* comes in between */
    assert_fails(rn_file_draft_commit(&draft), RESNET_E_IO, path);
    assert_int_equal(visit(NULL), 1);
    assert_int_equal(rmdir(path), 0);
    assert_ok(rn_file_draft_open(&draft, path));
    visit(remove_entry); /* taken away under our feet */
    assert_fails(rn_file_draft_commit(&draft), RESNET_E_IO, path);
    assert_int_equal(visit(NULL), 0);
}

/* ---- drafts of others ---- */

static char draft_name[256];

static void note_draft(const char *name)
{
    if (name[0] == '.') snprintf(draft_name, sizeof draft_name, "%s", name);
}

/* A process that is killed while it writes; its draft's name goes to draft_name. */
static void be_killed(void)
{
    const pid_t child = fork();
    if (child == 0) {
        rn_file_draft draft = RN_FILE_NO_DRAFT;
        if (rn_file_draft_open(&draft, path) != RESNET_OK) _exit(1);
        if (rn_file_draft_write(&draft, "half", 4) != RESNET_OK) _exit(1);
        raise(SIGKILL);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    *draft_name = '\0';
    visit(note_draft);
    assert_true(*draft_name);
}

static void a_killed_writer_leaves_nothing_for_long(void **state)
{
    (void)state;
    write_text(path, "old");
    be_killed();
    assert_int_equal(visit(NULL), 2);
    assert_file_holds(path, "old");
    assert_ok(rn_file_check(path)); /* as the next run does before it starts */
    assert_int_equal(visit(NULL), 1);
    be_killed();
    write_text(path, "new");
    assert_int_equal(visit(NULL), 1);
    assert_file_holds(path, "new");
}

static void what_looks_alike_stays(void **state)
{
    (void)state;
    static const char *const suffixes[] = {".backup", ".sha256", ".abcdef", ".XXXXXX", "~",
                                           ".tmp",    ".part",   ".draft",  ".123456", "-00"};
    char file[512], longer[512], hash_changed[256];
    size_t n = 0;
    be_killed();
    snprintf(longer, sizeof longer, "%s/%s0", folder, draft_name);
    snprintf(hash_changed, sizeof hash_changed, "%s", draft_name);
    hash_changed[20] = hash_changed[20] == '0' ? '1' : '0';
    snprintf(file, sizeof file, "%s/%s", folder, hash_changed);
    write_text(longer, "theirs");
    write_text(file, "theirs");
    for (; n < sizeof suffixes / sizeof *suffixes; n++) {
        snprintf(file, sizeof file, "%s%s", path, suffixes[n]);
        write_text(file, "theirs");
    }
    write_text(path, "new");
    assert_int_equal(visit(NULL), n + 3);
    for (size_t i = 0; i < n; i++) {
        snprintf(file, sizeof file, "%s%s", path, suffixes[i]);
        assert_file_holds(file, "theirs");
    }
    /* a folder and a link of a draft's own name are not what a writer leaves */
    visit(remove_entry);
    snprintf(file, sizeof file, "%s/%s", folder, draft_name);
    write_text(other, "theirs");
    assert_int_equal(symlink(other, file), 0);
    write_text(path, "new");
    assert_file_holds(file, "theirs");
    assert_int_equal(unlink(file), 0);
    assert_int_equal(mkdir(file, 0700), 0);
    write_text(path, "newer");
    assert_int_equal(visit(NULL), 3);
    assert_file_holds(path, "newer");
}

static void living_writers_do_not_disturb_each_other(void **state)
{
    (void)state;
    rn_file_draft drafts[16], one_more = RN_FILE_NO_DRAFT;
    char text[2] = "a";
    for (size_t i = 0; i < 16; i++) {
        assert_ok(rn_file_draft_open(&drafts[i], path));
        text[0] = (char)('a' + i);
        assert_ok(rn_file_draft_write(&drafts[i], text, 1));
    }
    assert_fails(rn_file_draft_open(&one_more, path), RESNET_E_IO, "many others");
    for (size_t i = 0; i < 16; i++) {
        assert_ok(rn_file_draft_commit(&drafts[i]));
        text[0] = (char)('a' + i);
        assert_file_holds(path, text);
    }
    assert_int_equal(visit(NULL), 1);
}

static void *write_again_and_again(void *text)
{
    for (size_t i = 0; i < 200; i++)
        if (rn_file_write(path, text, 4) != RESNET_OK) return text;
    return NULL;
}

static void threads_write_one_file(void **state)
{
    (void)state;
    static char texts[4][5] = {"aaaa", "bbbb", "cccc", "dddd"};
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_again_and_again, texts[i]), 0);
    for (size_t i = 0; i < 4; i++) {
        void *failed = NULL;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    void *bytes = NULL;
    size_t size = 0;
    assert_ok(rn_file_read(&bytes, &size, path, 10));
    assert_int_equal(size, 4);
    assert_int_equal(((char *)bytes)[0], ((char *)bytes)[3]);
    rn_free(bytes);
    assert_int_equal(visit(NULL), 1);
}

/* ---- modes ---- */

static void a_new_file_obeys_the_umask(void **state)
{
    (void)state;
    umask(027);
    write_text(path, "x");
    assert_int_equal(mode_of(path), 0640);
    umask(0);
    write_text(other, "x");
    assert_int_equal(mode_of(other), 0666);
}

static void what_is_replaced_lends_mode_and_owner(void **state)
{
    (void)state;
    static const mode_t modes[] = {0600, 0640, 0664, 0755, 0666};
    struct stat info;
    write_text(path, "x");
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        assert_int_equal(chmod(path, modes[i]), 0);
        write_text(path, "y");
        assert_int_equal(mode_of(path), modes[i]);
    }
    if (geteuid() != 0) return;
    assert_int_equal(chown(path, 12345, 23456), 0);
    write_text(path, "z");
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_uid, 12345);
    assert_int_equal(info.st_gid, 23456);
}

/* Runs a check as nobody, since root may do anything; returns its exit status. */
static int as_nobody(int (*what)(void))
{
    const pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(77);
        _exit(what());
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int protected_file_is_refused(void)
{
    return rn_file_write(path, "new", 3) != RESNET_E_IO || !strstr(resnet_last_error(), path) ||
           rn_file_check(path) != RESNET_E_IO;
}

static int closed_folder_is_refused(void)
{
    return rn_file_check(other) != RESNET_E_IO || !strstr(resnet_last_error(), other);
}

static void what_is_protected_stays(void **state)
{
    (void)state;
    write_text(path, "old");
    assert_int_equal(chmod(path, 0444), 0);
    assert_int_equal(chmod(folder, 0777), 0);
    const int status = as_nobody(protected_file_is_refused);
    if (status == 77) skip();
    assert_int_equal(status, 0);
    assert_file_holds(path, "old");
    assert_int_equal(chmod(folder, 0555), 0);
    assert_int_equal(as_nobody(closed_folder_is_refused), 0);
    assert_int_equal(chmod(folder, 0755), 0);
}

/* ---- what is no regular file ---- */

static void links_are_followed(void **state)
{
    (void)state;
    char second[96], content[96];
    struct stat info;
    snprintf(second, sizeof second, "%s/second", folder);
    write_text(path, "old");
    assert_int_equal(symlink("model.h5", other), 0);
    assert_int_equal(symlink(other, second), 0);
    write_text(second, "new");
    assert_file_holds(path, "new");
    assert_int_equal(lstat(second, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(readlink(other, content, sizeof content), 8);
    assert_int_equal(unlink(path), 0);
    write_text(second, "again"); /* a link to nothing yet */
    assert_file_holds(path, "again");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("second", path), 0);
    assert_int_equal(rn_file_check(second), RESNET_E_IO); /* in a circle */
}

static void folders_are_refused(void **state)
{
    (void)state;
    char slash[100];
    snprintf(slash, sizeof slash, "%s/new/", folder);
    assert_fails(rn_file_write(folder, "x", 1), RESNET_E_IO, "is a folder");
    assert_fails(rn_file_check(folder), RESNET_E_IO, "is a folder");
    assert_fails(rn_file_check(slash), RESNET_E_IO, "folder");
    assert_fails(rn_file_check(""), RESNET_E_IO, "");
    assert_int_equal(visit(NULL), 0);
}

static void names_too_long_are_told_before_the_work(void **state)
{
    (void)state;
    char name[400], deep[5000];
    snprintf(name, sizeof name, "%s/%0255d", folder, 0); /* the longest there is */
    write_text(name, "x");
    assert_file_holds(name, "x");
    snprintf(name, sizeof name, "%s/%0256d", folder, 0);
    assert_fails(rn_file_check(name), RESNET_E_IO, "too long");
    memset(deep, '/', sizeof deep);
    snprintf(deep + sizeof deep - 2, 2, "x");
    assert_int_equal(rn_file_check(deep), RESNET_E_IO);
    snprintf(name, sizeof name, "%s/file/x", folder);
    snprintf(other, sizeof other, "%s/file", folder);
    write_text(other, "x");
    assert_fails(rn_file_check(name), RESNET_E_NOT_FOUND, "Not a directory");
}

static void *read_pipe(void *text)
{
    const int fd = open(path, O_RDONLY);
    size_t size = 0;
    for (ssize_t n = 1; n > 0; size += (size_t)n) n = read(fd, (char *)text + size, 100 - size);
    close(fd);
    return NULL;
}

static void pipes_are_written_through(void **state)
{
    (void)state;
    char text[101] = {0};
    pthread_t reader;
    struct stat info;
    assert_int_equal(mkfifo(path, 0600), 0);
    alarm(20);
    assert_ok(rn_file_check(path)); /* does not wait for the reader */
    assert_fails(rn_file_append(path, "x", 1), RESNET_E_IO, path);
    assert_int_equal(pthread_create(&reader, NULL, read_pipe, text), 0);
    write_text(path, "through");
    pthread_join(reader, NULL);
    alarm(0);
    assert_string_equal(text, "through");
    assert_int_equal(lstat(path, &info), 0);
    assert_true(S_ISFIFO(info.st_mode));
    assert_int_equal(visit(NULL), 1);
}

/* Its reader has gone, which raises SIGPIPE in those who do not expect it. */
static void a_broken_pipe_is_an_error(void **state)
{
    (void)state;
    int ends[2];
    char name[32];
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    snprintf(name, sizeof name, "/dev/fd/%d", ends[1]);
    assert_fails(rn_file_write(name, "x", 1), RESNET_E_IO, "Broken pipe");
    close(ends[1]);
    assert_fails(rn_file_check(name), RESNET_E_NOT_FOUND, name);
}

/* What a descriptor's path names is the open file, regular or not, at the place it has reached. */
static void descriptors_are_written_through(void **state)
{
    (void)state;
    char name[64];
    const int fd = open(path, O_WRONLY | O_CREAT, 0644);
    assert_int_equal(write(fd, "before ", 7), 7);
    static const char *const forms[] = {"/dev/fd/%d", "/proc/self/fd/%d"};
    for (size_t i = 0; i < 2; i++) {
        snprintf(name, sizeof name, forms[i], fd);
        assert_ok(rn_file_check(name));
        write_text(name, "amid ");
        assert_ok(rn_file_append(name, "more ", 5));
    }
    assert_int_equal(write(fd, "after", 5), 5);
    close(fd);
    assert_file_holds(path, "before amid more amid more after");
    const int reader = open(path, O_RDONLY);
    snprintf(name, sizeof name, "/dev/fd/%d", reader);
    assert_fails(rn_file_check(name), RESNET_E_IO, "not open for writing");
    close(reader);
}

static void devices_stay_devices(void **state)
{
    (void)state;
    struct stat info;
    assert_ok(rn_file_write("/dev/null", "x", 1));
    assert_fails(rn_file_write("/dev/full", "x", 1), RESNET_E_IO, "No space left");
    if (mknod(path, S_IFCHR | 0666, makedev(1, 3)) != 0) skip();
    assert_int_equal(lstat(path, &info), 0);
    const int fd = open(path, O_WRONLY);
    if (fd < 0) skip(); /* mounted without devices */
    close(fd);
    write_text(path, "x");
    assert_ok(rn_file_append(path, "x", 1));
    assert_int_equal(lstat(path, &info), 0);
    assert_true(S_ISCHR(info.st_mode));
    assert_int_equal(visit(NULL), 1);
}

/* ---- full disks ---- */

static char block[1 << 16];

static void a_limit_of_size_replaces_nothing(void **state)
{
    (void)state;
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit small = {1 << 15, before.rlim_max};
    write_text(path, "old");
    write_text(other, "line\n");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const resnet_status written = rn_file_write(path, block, sizeof block);
    const resnet_status appended = rn_file_append(other, block, sizeof block);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(written, RESNET_E_IO);
    assert_int_equal(appended, RESNET_E_IO);
    assert_file_holds(path, "old");
    assert_file_holds(other, "line\n");
    assert_int_equal(visit(NULL), 2);
}

static void a_full_disk_replaces_nothing(void **state)
{
    (void)state;
    char file[128], lines[128];
    assert_int_equal(mkdir(other, 0700), 0);
    if (mount("tmpfs", other, "tmpfs", 0, "size=32k") != 0) skip();
    snprintf(file, sizeof file, "%s/model.h5", other);
    snprintf(lines, sizeof lines, "%s/history.csv", other);
    write_text(file, "old");
    write_text(lines, "line\n");
    assert_fails(rn_file_write(file, block, sizeof block), RESNET_E_IO, "No space left");
    assert_fails(rn_file_append(lines, block, sizeof block), RESNET_E_IO, "No space left");
    assert_file_holds(file, "old");
    assert_file_holds(lines, "line\n");
    assert_ok(rn_file_write(file, block, 100)); /* the failed ones gave back their room */
    assert_int_equal(umount(other), 0);
}

/* ---- closed streams ---- */

static int no_stream_is_taken(void)
{
    void *bytes = NULL;
    size_t size = 0;
    int fd = -1;
    rn_file_draft draft = RN_FILE_NO_DRAFT;
    for (int i = 0; i < 3; i++) close(i);
    if (rn_file_draft_open(&draft, path) != RESNET_OK) return 2;
    if (draft.fd < 3 || draft.folder < 3) return 3;
    if (rn_file_draft_write(&draft, "new", 3) != RESNET_OK) return 4;
    if (write(1, "x", 1) != -1 || write(2, "x", 1) != -1) return 5;
    if (rn_file_draft_commit(&draft) != RESNET_OK) return 6;
    if (rn_file_open_regular(&fd, &size, path, 100) != RESNET_OK || fd < 3) return 7;
    close(fd);
    if (rn_file_append(path, "er", 2) != RESNET_OK) return 8;
    if (rn_file_read(&bytes, &size, path, 100) != RESNET_OK) return 9;
    const bool is_right = size == 5 && memcmp(bytes, "newer", 5) == 0;
    rn_free(bytes);
    return is_right ? 0 : 10;
}

static void closed_streams_stay_closed(void **state)
{
    (void)state;
    assert_int_equal(chmod(folder, 0777), 0);
    assert_int_equal(as_nobody(no_stream_is_taken), 0);
    assert_file_holds(path, "newer");
}

static void out_of_memory(void **state)
{
    (void)state;
    rn_file_draft draft = RN_FILE_NO_DRAFT;
    write_text(path, "old");
    assert_int_equal(symlink("model.h5", other), 0);
    resnet_status status = RESNET_E_NOMEM;
    for (uint64_t k = 1; status != RESNET_OK; k++) {
        rn_mem_fail_at(k);
        status = rn_file_draft_open(&draft, other);
        rn_mem_fail_at(0);
        if (status != RESNET_OK) assert_int_equal(status, RESNET_E_NOMEM);
        assert_int_equal(visit(NULL), status == RESNET_OK ? 3 : 2);
    }
    rn_file_draft_discard(&draft);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_discarded_draft_changes_nothing),
        TEST(a_commit_replaces_at_once),
        TEST(a_failed_commit_leaves_no_trace),
        TEST(a_killed_writer_leaves_nothing_for_long),
        TEST(what_looks_alike_stays),
        TEST(living_writers_do_not_disturb_each_other),
        TEST(threads_write_one_file),
        TEST(a_new_file_obeys_the_umask),
        TEST(what_is_replaced_lends_mode_and_owner),
        TEST(what_is_protected_stays),
        TEST(links_are_followed),
        TEST(folders_are_refused),
        TEST(names_too_long_are_told_before_the_work),
        TEST(pipes_are_written_through),
        TEST(a_broken_pipe_is_an_error),
        TEST(descriptors_are_written_through),
        TEST(devices_stay_devices),
        TEST(a_limit_of_size_replaces_nothing),
        TEST(a_full_disk_replaces_nothing),
        TEST(closed_streams_stay_closed),
        TEST(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
