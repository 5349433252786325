# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the top directory's make does with the kernel's side.

KERNEL_TOOLS := $(B)/replay $(B)/md $(B)/tsc
$(KERNEL_TOOLS): $(B)/%: functional-tests/tools/%.c
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) -std=gnu11 $(WARN) -O2 -o $@ $<

# What the tests below run here and in their guests.
.PHONY: kernel-test-programs
kernel-test-programs: all $(KERNEL_TOOLS) $(GUEST_BIN)

# The targets of kernel/, in guests of their own.
.PHONY: check-kernel
check-kernel: deps
	$(MAKE) $(JOBS) kernel-test-programs
	functional-tests/kernel/check $(B)

# The same on other kernels; takes an hour or two.
.PHONY: check-kernel-everywhere
check-kernel-everywhere:
	scripts/deps bench-kernel
	$(MAKE) $(JOBS) kernel-test-programs
	functional-tests/kernel/everywhere $(B)

# With larger numbers.
.PHONY: check-kernel-nightly
check-kernel-nightly:
	scripts/deps bench-kernel
	$(MAKE) $(JOBS) kernel-test-programs
	functional-tests/kernel/nightly $(B)

.PHONY: bench-kernel
bench-kernel:
	scripts/deps bench-kernel
	functional-tests/kernel/prepare $(B) stock
	bench/kernel/run $(B)
