# SPDX-License-Identifier: GPL-2.0-or-later
#
# "make initramfs-bin": what a machine needs before its root file system is
# there, in one small static program; see docs/boot.md.

INITRAMFS_TOOLS := thin_check thin_dump thin_repair thin_restore
# The C library: musl where there is a compiler for it, or else glibc.
INITRAMFS_LIBC ?= $(if $(MUSL_CC),musl,glibc)
INITRAMFS_BIN := $(B)/initramfs/pdata_tools

# Not the files of other tools, nor what needs more libraries than expat.
INITRAMFS_SRC = $(filter-out $(foreach t,$(filter-out $(INITRAMFS_TOOLS),$(TOOLS)), \
	tools/$(t).c tools/$(t)_%.c),$(TOOL_SRC)) \
	$(filter-out $(shell grep -ls '<zlib\.h>' $(LIB_SRC)),$(LIB_SRC))

# The expat of glibc serves both.  musl has no headers of the kernel and of
# expat; they are looked for where glibc has them, after all of its own.  It takes
# the requests of ioctl() for signed numbers.  What is compiled for it, which gcc
# does, is compiled as one piece.
INITRAMFS_CC_glibc = $(CC)
INITRAMFS_CC_musl = $(MUSL_CC) -flto=auto -flto-partition=one -fipa-pta \
	-fno-move-loop-invariants -fno-tree-loop-im -fno-guess-branch-probability \
	-fno-tree-dominator-opts -fno-jump-tables -fno-caller-saves \
	-fno-if-conversion -Wno-sign-conversion $(INITRAMFS_ALIGN) \
	-idirafter /usr/include -idirafter /usr/include/$(INITRAMFS_MULTIARCH)
# With musl a kilobyte counts, and the compiler is for the machine that it runs on.
INITRAMFS_CUT_glibc = :
INITRAMFS_CUT_musl = packaging/initramfs/cut-sections
INITRAMFS_MULTIARCH := $(if $(MUSL_CC),$(shell $(MUSL_CC) -print-multiarch))
# Large data need not begin with a line of the cache.
INITRAMFS_ALIGN = $(if $(filter x86_64-%,$(INITRAMFS_MULTIARCH)),-malign-data=abi)
INITRAMFS_EXPAT = $(shell $(CC) -print-file-name=libexpat.a)

# -Oz is not known to all compilers.
INITRAMFS_SMALL := $(if $(shell $(CC) -Oz -E -xc /dev/null 2>&1 >/dev/null),-Os,-Oz)
INITRAMFS_CFLAGS = -std=gnu11 -D_GNU_SOURCE -DMETA_VERSION='"$(VERSION)"' \
	-DTOOLS_CHOSEN='$(INITRAMFS_TOOLS:%=&%_tool$(comma))' -Iinclude -Ilibmeta -Itools \
	-pthread $(WARN) $(INITRAMFS_SMALL) -fno-pie -ffunction-sections -fdata-sections \
	-fno-unwind-tables -fno-asynchronous-unwind-tables -fno-stack-protector \
	-fmerge-all-constants
# Threads have as much room for their stacks with musl as with glibc.  Data may
# share a page of the file with what is before it, which then needs no padding.
INITRAMFS_LDFLAGS = $(INITRAMFS_SMALL) -static -no-pie -pthread -Wl,--gc-sections \
	-Wl,--build-id=none -Wl,-z,noseparate-code -Wl,-z,norelro -Wl,-z,stack-size=8388608 \
	-Wl,-z,common-page-size=64 -Wl,-T,packaging/initramfs/discard.ld

define initramfs_rules
INITRAMFS_OBJ_$(1) = $$(INITRAMFS_SRC:%.c=$(B)/initramfs/$(1)/%.o) \
	$(B)/initramfs/$(1)/packaging/initramfs/$(1).o

$(B)/initramfs/$(1)/%.o: %.c Makefile packaging/initramfs.mk config.mk
	@mkdir -p $$(@D)
	$$(call say,CC)
	$$(Q)$$(INITRAMFS_CC_$(1)) $$(INITRAMFS_CFLAGS) -MMD -MP -c $$< -o $$@

$(B)/initramfs/$(1)/bin/pdata_tools: $$(INITRAMFS_OBJ_$(1)) packaging/initramfs/discard.ld \
		packaging/initramfs/cut-sections
	@mkdir -p $$(@D)
	$$(call say,LD)
	$$(Q)$$(INITRAMFS_CC_$(1)) $$(INITRAMFS_LDFLAGS) -o $$@ $$(INITRAMFS_OBJ_$(1)) \
		$$(INITRAMFS_EXPAT)
	$$(Q)$$(STRIP) $$@
	$$(Q)$$(INITRAMFS_CUT_$(1)) $$@
	@for t in $$(INITRAMFS_TOOLS); do ln -sf pdata_tools $$(@D)/$$$$t; done

-include $$(INITRAMFS_OBJ_$(1):.o=.d)
endef
$(foreach l,musl glibc,$(eval $(call initramfs_rules,$(l))))

.PHONY: initramfs-bin
initramfs-bin: $(INITRAMFS_BIN)

$(INITRAMFS_BIN): $(B)/initramfs/$(INITRAMFS_LIBC)/bin/pdata_tools
	$(Q)cp $< $@

.PHONY: initramfs-tests
initramfs-tests: initramfs-bin $(if $(MUSL_CC),$(B)/initramfs/musl/bin/pdata_tools) \
	$(B)/initramfs/glibc/bin/pdata_tools
