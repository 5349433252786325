# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds and tests; what leaves the tree is in packaging/*.mk, which are included.
# "make help" lists the targets.  configure
# writes config.mk; both are made here when they are missing, so a fresh clone
# needs nothing before "make".

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

VERSION := 1.0.0
SOVERSION := 1

# "make V=1" shows the commands.
V ?= 0
Q := $(if $(filter 0,$(V)),@)
say = $(if $(filter 0,$(V)),@printf '  %-6s %s\n' $(1) '$(patsubst $(CURDIR)/%,%,$@)')

comma := ,
SAN ?=
B := build$(if $(SAN),-$(subst $(comma),-,$(SAN)))
GOALS := $(or $(MAKECMDGOALS),all)

# "make check" and "make demo" work on a machine that has only git and make.
ifneq ($(filter-out clean distclean help deps,$(GOALS)),)
-include config.mk
ifneq ($(filter check check-kernel% demo bench fuzz lint,$(GOALS)),)
configure config.mk: | deps
endif
endif

CC ?= cc
WARN := -Wall -Wextra -Wconversion -Wshadow -Wvla -Wmissing-prototypes -Werror
ALL_CFLAGS := -std=gnu11 -D_GNU_SOURCE -DMETA_VERSION='"$(VERSION)"' -Iinclude -Ilibmeta \
	-pthread -fPIC $(WARN) $(CFLAGS) \
	$(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all)
ALL_LDFLAGS := -pthread $(LDFLAGS) $(if $(SAN),-fsanitize=$(SAN))
LIBS := $(EXPAT_LIBS) $(ZLIB_LIBS)

LIB_SRC := $(sort $(wildcard libmeta/*/*.c))
TOOL_SRC := $(sort $(wildcard tools/*.c))
UNIT_SRC := $(sort $(wildcard unit-tests/*.c))
FUZZ_SRC := $(sort $(wildcard fuzz/fuzz_*.c))
LIB_OBJ := $(LIB_SRC:%.c=$(B)/%.o)
TOOL_OBJ := $(TOOL_SRC:%.c=$(B)/%.o)
UNIT_OBJ := $(UNIT_SRC:%.c=$(B)/%.o)
FUZZ_BIN := $(FUZZ_SRC:fuzz/%.c=$(B)/fuzz/%)
TOOLS := thin_check thin_dump thin_repair thin_restore \
	thin_ls thin_delta thin_rmap thin_metadata_size thin_trim thin_shrink \
	thin_send thin_receive \
	thin_metadata_pack thin_metadata_unpack thin_extract
MAN := $(wildcard man8/*.8.adoc)
MAN_OUT := $(MAN:man8/%.adoc=$(B)/man8/%)
STATIC := $(B)/libmeta.a
SHARED := $(B)/libmeta.so.$(VERSION)

.PHONY: all
all: $(B)/bin/pdata_tools $(TOOLS:%=$(B)/bin/%) $(STATIC) $(SHARED) \
	$(if $(ASCIIDOCTOR),$(MAN_OUT))

.PHONY: help
help:
	@sed -n 's/^## //p' $(firstword $(MAKEFILE_LIST))

## make             libraries, tools and manual pages, below build/
## make deps        installs the Debian packages that are missing
## make demo        the main job on metadata that a kernel wrote
## make check       all tests; SAN=address,undefined or SAN=thread: with sanitizers
## make check-kernel tests of the targets in kernel/, in guests with a kernel
## make check-kernel-everywhere  the same on other kernels, for an hour or two
## make check-kernel-nightly  and all of it with larger numbers, for a night
## make lint        the rules of the house that a script can hold
## make fuzz        hunts with libFuzzer; FUZZ_SECONDS=60 for each target
## make bench-kernel speed and memory of the targets in kernel/; see bench/RESULTS-kernel.md
## make bench       times and memory against the other tools; see bench/RESULTS.md
## make initramfs-bin  a small static program for boot images; see docs/boot.md
## make install     PREFIX=/usr/local DESTDIR=; make uninstall
## make install-initramfs  what puts that program into boot images
## make deb         Debian packages, below build/deb
## make clean       what was built; make distclean: what was configured as well

configure: configure.ac
	@autoconf

config.mk: configure config.mk.in
	@CC='$(if $(filter command% environment%,$(origin CC)),$(CC))' ./configure --quiet
	@touch $@

.PHONY: deps
deps:
	@scripts/deps $(if $(filter-out deps,$(GOALS)),--quiet) \
		$(if $(filter-out demo,$(GOALS)),,build)

# Objects

$(B)/%.o: %.c Makefile config.mk
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) $(CFLAGS_$(firstword $(subst /, ,$<))) -MMD -MP -c $< -o $@

CFLAGS_tools := -Itools
CFLAGS_unit-tests := -Iunit-tests
CFLAGS_fuzz := -Ifuzz
-include $(LIB_OBJ:.o=.d) $(TOOL_OBJ:.o=.d) $(UNIT_OBJ:.o=.d) $(FUZZ_BIN:=.d)

$(STATIC): $(LIB_OBJ)
	$(call say,AR)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

$(SHARED): $(LIB_OBJ) libmeta/libmeta.map
	$(call say,LD)
	$(Q)$(CC) -shared -Wl,-soname,libmeta.so.$(SOVERSION) -Wl,-Bsymbolic \
		$(if $(SAN),,-Wl$(comma)--no-undefined) \
		-Wl,--version-script=libmeta/libmeta.map $(ALL_LDFLAGS) -o $@ $(LIB_OBJ) $(LIBS)
	@ln -sf $(@F) $(B)/libmeta.so.$(SOVERSION)
	@ln -sf $(@F) $(B)/libmeta.so

$(B)/bin/pdata_tools: $(TOOL_OBJ) $(STATIC)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(TOOL_OBJ) $(STATIC) $(LIBS)

$(TOOLS:%=$(B)/bin/%): $(B)/bin/pdata_tools
	@ln -sf pdata_tools $@

$(B)/man8/%: man8/%.adoc
	@mkdir -p $(@D)
	$(call say,MAN)
	$(Q)$(ASCIIDOCTOR) -b manpage -a reproducible -a manmanual='System administration' \
		-a mansource='multisnap $(VERSION)' -o $@ $<

# What builds all before it begins uses all processors, unless make was told how many.
JOBS = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(or $(shell getconf _NPROCESSORS_ONLN),1))

# Tests

$(B)/unit-tests/suites.c: $(UNIT_SRC) Makefile
	@mkdir -p $(@D)
	@{ echo '#include "unit.h"'; \
	   for t in $(UNIT_SRC:unit-tests/%.c=%); do \
		case $$t in test_*) echo "void $${t}_suite(void);" ;; esac; done; \
	   echo 'void add_suites(void)'; echo '{'; \
	   for t in $(UNIT_SRC:unit-tests/%.c=%); do \
		case $$t in test_*) echo "	$${t}_suite();" ;; esac; done; \
	   echo '}'; } >$@

$(B)/unit-tests/run: $(UNIT_OBJ) $(B)/unit-tests/suites.c $(STATIC)
	$(call say,LD)
	$(Q)$(CC) $(ALL_CFLAGS) -Iunit-tests $(ALL_LDFLAGS) -o $@ $(UNIT_OBJ) \
		$(B)/unit-tests/suites.c $(STATIC) $(LIBS) $(CUNIT_LIBS)

# A fuzz target with a main() of ours, which replays files.
$(B)/fuzz/fuzz_%: fuzz/fuzz_%.c fuzz/replay.c $(STATIC)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(ALL_CFLAGS) -Ifuzz -MMD -MF $@.d $(ALL_LDFLAGS) -o $@ $< fuzz/replay.c \
		$(STATIC) $(LIBS)

$(B)/examples/%: examples/%.c $(SHARED)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) -std=gnu11 $(WARN) $(CFLAGS) $(if $(SAN),-fsanitize=$(SAN)) -Iinclude -o $@ $< \
		-L$(B) -lmeta -Wl,-rpath,'$$ORIGIN/..'

$(B)/guest/%: functional-tests/guest/%.c
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) -std=gnu11 $(WARN) -O2 -o $@ $<

GUEST_SRC := $(wildcard functional-tests/guest/*.c)
GUEST_BIN := $(GUEST_SRC:functional-tests/guest/%.c=$(B)/guest/%)
EXAMPLES := $(patsubst %.c,$(B)/%,$(wildcard examples/*.c))

.PHONY: tests
tests: all $(B)/unit-tests/run $(FUZZ_BIN) $(EXAMPLES) $(GUEST_BIN) $(B)/damage $(B)/salvage \
	$(B)/bench/mkmeta $(B)/rebuild $(if $(SAN),,initramfs-tests)

DAMAGE_OBJ := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard functional-tests/damage*.c)))
-include $(DAMAGE_OBJ:.o=.d)
CFLAGS_functional-tests := -Itools
$(B)/damage: $(DAMAGE_OBJ) $(STATIC)
$(B)/rebuild: $(B)/functional-tests/rebuild.o $(filter-out %/damage.o,$(DAMAGE_OBJ)) $(STATIC)
SALVAGE_OBJ := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard functional-tests/salvage*.c)))
-include $(SALVAGE_OBJ:.o=.d)
$(B)/salvage: $(SALVAGE_OBJ) $(STATIC)
$(B)/damage $(B)/rebuild $(B)/salvage:
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# The plain run also replays damage and corpora in a build with sanitizers.
.PHONY: check
check: deps
	$(MAKE) $(JOBS) tests
ifeq ($(SAN),)
	$(MAKE) $(JOBS) SAN=address,undefined tests
endif
	CC='$(CC)' scripts/check $(B) $(if $(SAN),$(B),build-address-undefined)

.PHONY: demo
demo: deps
	$(MAKE) $(JOBS) all
	scripts/demo $(B)/bin

.PHONY: lint
lint: all
	scripts/lint $(B)

FUZZ_SECONDS ?= 60
.PHONY: fuzz
fuzz: deps
	CLANG='$(CLANG)' LIBS='$(LIBS)' scripts/fuzz $(FUZZ_SECONDS) $(FUZZ_SRC)

.PHONY: bench
bench: deps all $(B)/bench/mkmeta $(B)/bench/measure $(B)/salvage
	OURS=$(abspath $(B)/bin) MKMETA=$(abspath $(B)/bench/mkmeta) \
		MEASURE=$(abspath $(B)/bench/measure) SALVAGE=$(abspath $(B)/salvage) \
		bench/run $(BENCH)

$(B)/bench/mkmeta: $(filter-out bench/mkmeta.c bench/measure.c,$(wildcard bench/*.c))
$(B)/bench/%: bench/%.c $(wildcard bench/*.h)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -Iinclude $(WARN) -O2 -o $@ $(filter %.c,$^) $(LDFLAGS)

include kernel/targets.mk packaging/install.mk packaging/completion.mk packaging/initramfs.mk \
	packaging/deb.mk

.PHONY: clean
clean:
	rm -rf build build-*

.PHONY: distclean
distclean: clean
	rm -rf configure configure~ config.mk config.log config.status autom4te.cache
