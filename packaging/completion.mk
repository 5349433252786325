# SPDX-License-Identifier: GPL-2.0-or-later
#
# Completions for bash.  The tools are asked for their options, so there are none
# if they cannot run here.

COMPLETION := $(if $(filter yes,$(CROSS)),,$(B)/completions/pdata_tools)
all: $(COMPLETION)

$(B)/completions/pdata_tools: scripts/completion $(TOOLS:%=$(B)/bin/%)
	@mkdir -p $(@D)
	$(call say,GEN)
	$(Q)scripts/completion $(B)/bin $(TOOLS) >$@
	@for t in $(TOOLS); do ln -sf pdata_tools $(@D)/$$t; done
