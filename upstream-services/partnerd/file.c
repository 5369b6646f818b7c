/*
 * Reads the files of the contract, of the SQL folder, and of secrets.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <openssl/crypto.h>

#include "file.h"


/* One read too many tells a file of the largest size from a larger one. */
char *
pd_file_read(const char *path, lp_error_t *err)
{
    char  *text;
    FILE  *f;
    size_t n;

    f = fopen(path, "re");
    if (f == NULL) {
        (void) lp_error(err, "", "%s: %s", path, strerror(errno));
        return NULL;
    }

    text = malloc(PD_FILE_MAX + 1);
    if (text == NULL) {
        (void) fclose(f);
        (void) lp_error(err, "", "%s: no memory", path);
        return NULL;
    }

    n = fread(text, 1, PD_FILE_MAX + 1, f);

    if (ferror(f) || n > PD_FILE_MAX || memchr(text, '\0', n) != NULL) {
        (void) lp_error(err, "", "%s: %s", path,
                        ferror(f) ? strerror(errno)
                                  : "is larger than 4 MiB or no text");
        (void) fclose(f);
        free(text);
        return NULL;
    }

    (void) fclose(f);
    text[n] = '\0';

    return text;
}


/* What is wrong, or NULL.  Of the file that is open, not of its name: nobody
 * changes it in between.  No stream, which would keep a copy. */
static const char *
pd_file_secret_read(int fd, char *text, size_t *len)
{
    ssize_t     n;
    struct stat st;

    if (fd == -1 || fstat(fd, &st) != 0) {
        return strerror(errno);
    }

    if ((st.st_mode & S_IRWXO) != 0) {
        return "is open to others; chmod o= it";
    }

    for (*len = 0; (n = read(fd, text + *len, PD_SECRET_MAX + 1 - *len)) > 0;
         *len += (size_t) n) {
    }

    if (n < 0) {
        return strerror(errno);
    }

    return *len <= PD_SECRET_MAX ? NULL : "is larger than 64 KiB";
}


char *
pd_file_secret(const char *option, const char *path, size_t *len,
               lp_error_t *err)
{
    int         fd;
    char       *text;
    const char *wrong;

    text = OPENSSL_malloc(PD_SECRET_MAX + 1);
    if (text == NULL) {
        (void) lp_error(err, "", "%s %s: no memory", option, path);
        return NULL;
    }

    fd = open(path, O_RDONLY | O_CLOEXEC);
    wrong = pd_file_secret_read(fd, text, len);

    if (fd != -1) {
        (void) close(fd);
    }

    if (wrong != NULL) {
        OPENSSL_clear_free(text, PD_SECRET_MAX + 1);
        (void) lp_error(err, "", "%s %s: %s", option, path, wrong);
        return NULL;
    }

    return text;
}


/*
 * Files of the project may be quoted in an error; documents of others go
 * through lp_document.h.
 */
json_t *
pd_file_json(const char *path, lp_error_t *err)
{
    char        *text;
    json_t      *json;
    json_error_t where;

    text = pd_file_read(path, err);
    if (text == NULL) {
        return NULL;
    }

    json = json_loads(text, JSON_REJECT_DUPLICATES, &where);
    if (json == NULL) {
        (void) lp_error(err, "", "%s:%d: %s", path, where.line, where.text);
    }

    free(text);

    return json;
}


/* Byte order: the same on every machine, whatever its locale. */
static int
pd_files_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}


/* A leading dot is what editors leave beside a file. */
static int
pd_file_ends(const char *name, const char *ending)
{
    size_t len, tail;

    len = strlen(name);
    tail = strlen(ending);

    return len > tail && name[0] != '.'
           && strcmp(name + len - tail, ending) == 0;
}


int
pd_files_list(pd_files_t *files, const char *dir, const char *ending,
              lp_error_t *err)
{
    DIR           *d;
    struct dirent *e;

    files->n = 0;

    d = opendir(dir);
    if (d == NULL) {
        return lp_error(err, "", "%s: %s; --sql and --contract name folders",
                        dir, strerror(errno));
    }

    while ((e = readdir(d)) != NULL) {
        if (!pd_file_ends(e->d_name, ending)) {
            continue;
        }

        if (files->n == PD_FILES_MAX) {
            (void) closedir(d);
            return lp_error(err, "", "%s has more than %d *%s", dir,
                            PD_FILES_MAX, ending);
        }

        if (asprintf(&files->paths[files->n], "%s/%s", dir, e->d_name) < 0) {
            (void) closedir(d);
            return lp_error(err, "", "%s: no memory", dir);
        }
        files->n++;
    }

    (void) closedir(d);

    qsort(files->paths, files->n, sizeof(char *), pd_files_compare);

    return files->n > 0 ? LP_OK
                        : lp_error(err, "", "%s has no *%s", dir, ending);
}


void
pd_files_free(pd_files_t *files)
{
    while (files->n > 0) {
        free(files->paths[--files->n]);
    }
}


const char *
pd_file_name(const char *path)
{
    const char *slash;

    slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}
