# Verbs; what takes more than a few lines lives in tools/.
#
#   make                     what is missing, then the module and the programs
#   make deps                what is missing alone, as root or through sudo
#   make run [ONESHOT=1]     everything up on loopback, real calls shown
#   make run KEEP=1          which goes on when a service of it is killed
#   make stop                ends what a run left
#   make test [T=t/x.t]      unit tests, corpora, lint and the running whole
#   make test SANITIZE=1     the same under ASan and UBSan
#   make valgrind [T=...]    unit tests and partnerd under memcheck
#   make check-neon          libpartner's tests on aarch64, emulated
#   make lint                layout, limits, words, and docs against code
#   make fuzz [F=fuzz_x]     new inputs for TIME (60) seconds each, with clang
#   make chaos [E=reloads]   the long experiments of lua-free-tests/chaos
#   make bench               what the gateway costs, against stock nginx
#   make bench-micro         its parts alone: router, allow list, cache, ...
#   make bench-platform      what the management API takes, beside pgbench
#   make docs                docs/api.md from the contract
#   make schema              sql/schema.sql from the migrations
#   make install [DESTDIR=]  the module, partnerd, its contract and its SQL
#   make clean               ends a run in build/, then removes build/
#   make help                this
#
#   make NGINX_SRC=DIR       module and nginx from a source tree of nginx
#   make HIREDIS=DIR         with the hiredis that was installed below DIR
#
# J is the number of jobs; PORT_HTTP (8080) and PORT_TLS (8443) are those of
# `make run`.

J         ?= $(shell nproc 2>/dev/null || echo 2)
PORT_HTTP ?= 8080
PORT_TLS  ?= 8443

# What the sanitizers need is built apart.
B    = build$(if $(SANITIZE),/asan)
SELF = $(MAKE) --no-print-directory

CC       = gcc
WARNINGS = -Wall -Wextra -Werror
HARDEN   = -D_FORTIFY_SOURCE=2 -fstack-protector-strong
CHECKS   = -fsanitize=address,undefined -fno-sanitize-recover=all \
           -fno-omit-frame-pointer
CFLAGS   = -std=gnu11 -g -fPIC $(WARNINGS) \
           $(if $(SANITIZE),-O1 $(CHECKS),-O2 $(HARDEN))
LDFLAGS  = $(if $(SANITIZE),$(CHECKS)) -Wl,-z,relro -Wl,-z,now \
           $(if $(HIREDIS),-L$(HIREDIS)/lib -Xlinker -rpath=$(HIREDIS)/lib)
CPPFLAGS = $(HIREDIS:%=-I%/include) -D_GNU_SOURCE -MMD -MP -Ilibpartner \
           -I$(SERVICES)/partnerd -I$(SERVICES)/sandbox \
           $(shell pkg-config --cflags libpq)

SERVICES = upstream-services
UNIT     = lua-free-tests/unit
FUZZ     = lua-free-tests/fuzz
CHAOS    = lua-free-tests/chaos
INTEROP  = lua-free-tests/interop
REFERENCE = lua-free-tests/reference

LIBPARTNER_LIBS = -ljansson -lcrypto -lsodium -lz
PARTNERD_LIBS   = -pthread -levent -lpq -lhiredis $(LIBPARTNER_LIBS)
SANDBOX_LIBS    = -levent -ljansson

objects = $(patsubst %.c,$(B)/obj/%.o,$(wildcard $(1)/*.c $(1)/*/*.c))

LIBPARTNER_O = $(call objects,libpartner)
PARTNERD_O   = $(call objects,$(SERVICES)/partnerd)
SANDBOX_O    = $(call objects,$(SERVICES)/sandbox)
LOAD_O       = $(call objects,$(CHAOS)/load)
WINDOWS_O    = $(call objects,$(CHAOS)/windows)
JOURNAL_O    = $(call objects,$(CHAOS)/journal)
UNIT_TESTS   = $(patsubst $(UNIT)/%.c,$(B)/unit/%,$(wildcard $(UNIT)/test_*.c))
FUZZERS      = $(patsubst $(FUZZ)/%.c,%,$(wildcard $(FUZZ)/fuzz_*.c))
MICRO        = $(patsubst bench/micro/%.c,$(B)/bench/%,$(filter-out %/verify.c,\
                 $(wildcard bench/micro/*.c)))
TOKENS_O     = $(call objects,tools)
PROGRAMS     = $(if $(PARTNERD_O),$(B)/partnerd) \
               $(if $(SANDBOX_O),$(B)/sandbox) $(B)/load $(B)/windows \
               $(B)/journal $(B)/tokens $(B)/judge $(B)/redactor

export PARTNER_BUILD    = $(CURDIR)/$(B)
export PARTNER_SANITIZE = $(SANITIZE)
export PARTNER_NGINX    = $(if $(SANITIZE)$(NGINX_SRC),$(CURDIR)/$(B)/nginx)


.PHONY: all deps build module run stop test valgrind chaos bench
.PHONY: bench-micro bench-platform fuzz check-neon lint docs schema
.PHONY: install clean help
.PHONY: programs unit replay fuzzers
.SECONDARY:


all: deps
	@$(SELF) -j$(J) build

deps:
	@sh tools/deps

build: module programs

module:
	@HIREDIS=$(HIREDIS) tools/module "$(B)" "$(NGINX_SRC)" "$(SANITIZE)"

programs: $(PROGRAMS)

run: all
	@PORT_HTTP=$(PORT_HTTP) PORT_TLS=$(PORT_TLS) ONESHOT=$(ONESHOT) \
	    KEEP=$(KEEP) tools/run

stop:
	@tools/stop

test: all
	@$(SELF) -j$(J) unit replay
	@sh tools/test "$(B)" "$(J)" $(T)

# Those that wait for no clock: under memcheck a second is short.
UNDER_VALGRIND = $(addprefix t/platform_,input.t personal.t audit.t \
    partners.t conventions.t)

valgrind: all
	@$(SELF) -j$(J) unit
	@tools/valgrind "$(B)" $(or $(T),$(UNDER_VALGRIND))

chaos: all
	@CHAOS=long prove -v $(if $(E),$(E:%=$(CHAOS)/%.t),$(CHAOS))

bench: all $(B)/verify $(B)/bench/meter
	@bench/run

bench-micro: all $(MICRO)
	@for part in $(MICRO); do echo "$${part##*/}:"; $$part || exit 1; done

bench-platform: all
	@bench/platform

fuzz: deps
	@$(SELF) -j$(J) fuzzers
	@sh tools/fuzz build/fuzz $(F)

check-neon:
	@tools/neon build/neon "$(J)"

lint: deps
	@sh tools/lint/run

docs: all
	$(B)/partnerd check --docs --contract $(SERVICES)/contract \
	    --sql $(SERVICES)/sql >$(B)/api.md
	mv $(B)/api.md docs/api.md

schema: all
	@tools/schema

# Builds nothing: root installs what a user has made.
SHARE = $(DESTDIR)/usr/share/partner-gateway

install:
	@[ -e build/partnerd ] && [ -e build/ngx_http_partner_module.so ] \
	    || { echo "make install: nothing was built; make" >&2; exit 1; }
	install -D -m 644 -t "$(DESTDIR)/usr/lib/nginx/modules" \
	    build/ngx_http_partner_module.so
	install -D -m 755 -t "$(DESTDIR)/usr/local/bin" build/partnerd
	install -D -m 755 build/tokens \
	    "$(DESTDIR)/usr/local/bin/partner-tokens"
	rm -rf "$(SHARE)"
	umask 022 && mkdir -p "$(SHARE)" \
	    && cp -R $(SERVICES)/contract $(SERVICES)/sql "$(SHARE)"
	chmod -R u=rwX,go=rX "$(SHARE)"

# What runs in build/run is ended first: nothing else knows its pids.
clean:
	@[ ! -d build/run/pids ] || RUN_DIR= tools/stop
	rm -rf build

# The comment that opens this file.
help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' Makefile


# Our programs

$(B)/partnerd: $(PARTNERD_O) $(B)/libpartner.a
	@echo "link $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(PARTNERD_LIBS)

$(B)/sandbox: $(SANDBOX_O)
	@echo "link $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(SANDBOX_LIBS)

$(B)/load: $(LOAD_O) $(B)/libpartner.a
	@echo "link $@"
	@$(CC) $(LDFLAGS) -o $@ $^ -lz

$(B)/windows: $(WINDOWS_O)
	@echo "link $@"
	@$(CC) $(LDFLAGS) -o $@ $^

$(B)/journal: $(JOURNAL_O) $(B)/libpartner.a
	@echo "link $@"
	@$(CC) $(LDFLAGS) -o $@ $^ -lz

$(B)/verify: $(B)/obj/bench/micro/verify.o $(B)/libpartner.a
	@echo "link $@"
	@$(CC) $(LDFLAGS) -o $@ $^ -lcrypto

$(B)/judge: $(B)/obj/$(INTEROP)/judge.o $(B)/libpartner.a
	@echo "link $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(LIBPARTNER_LIBS)

$(B)/redactor: $(B)/obj/$(REFERENCE)/redactor.o $(B)/libpartner.a
	@echo "link $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(LIBPARTNER_LIBS)

$(B)/tokens: $(TOKENS_O) $(B)/libpartner.a
	@echo "link $@"
	@$(CC) $(LDFLAGS) -o $@ $^ -lcrypto -lsodium

$(B)/obj/%.o: %.c Makefile
	@echo "cc $<"
	@mkdir -p $(@D)
	@$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(B)/libpartner.a: $(LIBPARTNER_O)
$(B)/partnerd.a: $(filter-out %/main.o,$(PARTNERD_O))
$(B)/sandbox.a: $(filter-out %/main.o,$(SANDBOX_O))

%.a:
	@rm -f $@
	@ar crs $@ $^


# Unit tests: one program a file, linked with whatever it asks for

unit: $(UNIT_TESTS) $(MICRO)

ARCHIVES = $(B)/partnerd.a $(B)/sandbox.a $(B)/shared.a $(B)/libpartner.a

# What of the gateway's shared memory needs no more of nginx than its types
SHARED     = answers cache cache_unknown cache_uses calls closed flights \
             latency names networks pools principal revoked slo stats tallies
NGINX_OBJS = $(B)/objs-module$(if $(SANITIZE)$(NGINX_SRC),-source)

$(B)/shared.a: $(SHARED:%=$(B)/obj/ngx_partner_module/ngx_partner_%.o)
$(B)/obj/ngx_partner_module/%.o $(B)/obj/$(UNIT)/test_ngx_%.o \
$(B)/obj/bench/micro/%.o: \
    CPPFLAGS += -Wno-unused-parameter $(addprefix -I$(NGINX_OBJS)/,objs \
                src/core src/event src/os/unix)

# Each basic block that it runs is counted
$(B)/obj/$(UNIT)/test_detect_work.o: CFLAGS += -fsanitize-coverage=trace-pc

$(B)/unit/%: $(B)/obj/$(UNIT)/%.o $(ARCHIVES)
	@echo "link $@"
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) -o $@ $^ -lcmocka $(PARTNERD_LIBS)


# Micro-benchmarks: one program a file, and what of the gateway they measure

METERED = counter slo usage

$(B)/metered.a: $(METERED:%=$(B)/obj/ngx_partner_module/ngx_partner_%.o)
$(B)/bench/%: $(B)/obj/bench/micro/%.o $(B)/metered.a $(ARCHIVES)
	@echo "link $@"
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) -o $@ $^ $(LIBPARTNER_LIBS)


# Fuzz targets: with gcc to replay their corpora, with clang to find more

replay: $(FUZZERS:%=build/replay/%)
fuzzers: $(FUZZERS:%=build/fuzz/%)

FUZZ_PARTS  = $(wildcard libpartner/*.c) \
              ngx_partner_module/ngx_partner_answers.c \
              $(filter-out %/main.c,$(wildcard $(SERVICES)/partnerd/*.c))
FUZZ_FLAGS  = -std=gnu11 -g -O1 $(WARNINGS) $(CHECKS) $(CPPFLAGS)
FUZZ_LIBS   = -Wl,--as-needed $(PARTNERD_LIBS)

build/replay/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	@$(CC) $(FUZZ_FLAGS) -c -o $@ $<

build/fuzz/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	@clang $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -c -o $@ $<

build/replay/parts.a: $(FUZZ_PARTS:%.c=build/replay/obj/%.o)
build/fuzz/parts.a: $(FUZZ_PARTS:%.c=build/fuzz/obj/%.o)

build/replay/fuzz_%: build/replay/obj/$(FUZZ)/fuzz_%.o \
    build/replay/obj/$(FUZZ)/replay.o build/replay/parts.a
	@echo "link $@"
	@$(CC) $(FUZZ_FLAGS) -o $@ $^ $(FUZZ_LIBS)

# By the compiler of the product, which tools/neon gives another name
$(B)/plain/fuzz_%: $(B)/obj/$(FUZZ)/fuzz_%.o $(B)/obj/$(FUZZ)/replay.o \
    $(B)/libpartner.a
	@echo "link $@"
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) -o $@ $^ $(LIBPARTNER_LIBS)

build/fuzz/fuzz_%: build/fuzz/obj/$(FUZZ)/fuzz_%.o build/fuzz/parts.a
	@echo "link $@"
	@clang $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $^ $(FUZZ_LIBS)


-include $(shell find build/replay/obj build/fuzz/obj -name '*.d' 2>/dev/null)
-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
