# SPDX-License-Identifier: GPL-2.0-or-later
#
# "make install", "make install-initramfs" and "make uninstall".

PREFIX ?= /usr/local
# The tools may be elsewhere, with links in sbin.  In /usr/sbin a distribution has
# a pdata_tools that its tools for dm-cache are links to; see docs/packages.md.
LIBDIR ?= $(PREFIX)/lib
TOOLDIR ?= $(if $(filter /usr /usr/,$(PREFIX)),/usr/lib/multisnap,$(PREFIX)/sbin)

sbindir = $(DESTDIR)$(PREFIX)/sbin
tooldir = $(DESTDIR)$(TOOLDIR)
libdir = $(DESTDIR)$(LIBDIR)
includedir = $(DESTDIR)$(PREFIX)/include/meta
mandir = $(DESTDIR)$(PREFIX)/share/man/man8
schemadir = $(DESTDIR)$(PREFIX)/share/multisnap
completiondir = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
HEADERS := $(wildcard include/meta/*.h)

# What other tools, which we have not, are links to must not become ours.
.PHONY: may-install
may-install:
	@ours=$$(readlink -f $(tooldir)/pdata_tools); for t in cache_check era_check; do \
		[ ! -e $(tooldir)/$$t ] || [ "$$(readlink -f $(tooldir)/$$t)" != "$$ours" ] || { \
			echo "make: $(tooldir)/pdata_tools is $$t as well, which would be lost:" \
				"give another TOOLDIR, as /usr/lib/multisnap" >&2; exit 1; }; \
	done

.PHONY: install
install: may-install all
	install -d $(sbindir) $(tooldir) $(libdir)/pkgconfig $(includedir) $(mandir) $(schemadir)
	install -m 755 $(B)/bin/pdata_tools $(tooldir)
	for t in $(TOOLS); do ln -sfr $(tooldir)/pdata_tools $(sbindir)/$$t; done
	install -m 644 $(STATIC) $(libdir)
	install -m 755 $(SHARED) $(libdir)
	ln -sf $(notdir $(SHARED)) $(libdir)/libmeta.so.$(SOVERSION)
	ln -sf $(notdir $(SHARED)) $(libdir)/libmeta.so
	sed -e 's|@prefix@|$(PREFIX)|' -e 's|@libdir@|$(LIBDIR)|' -e 's|@version@|$(VERSION)|' \
		libmeta/libmeta.pc.in >$(libdir)/pkgconfig/libmeta.pc
	install -m 644 $(HEADERS) $(includedir)
	install -m 644 $(wildcard xml-schema/*.rng) $(schemadir)
	$(if $(COMPLETION),install -d $(completiondir) && cp -d \
		$(addprefix $(B)/completions/,pdata_tools $(TOOLS)) $(completiondir))
	$(if $(ASCIIDOCTOR),install -m 644 $(MAN_OUT) $(mandir))

# What puts the program for boot images into them.  initramfs-tools has a place for
# packages and one for the administrator, dracut has one for all.
initramfsdir = $(DESTDIR)$(PREFIX)/lib/multisnap/initramfs
hookdir = $(DESTDIR)$(if $(filter /usr,$(PREFIX)),/usr/share,/etc)/initramfs-tools/hooks
dracutdir = $(DESTDIR)/usr/lib/dracut/modules.d/89multisnap
fill_in = sed -e 's|@program@|$(PREFIX)/lib/multisnap/initramfs/pdata_tools|' \
	-e 's|@tools@|$(INITRAMFS_TOOLS)|'

.PHONY: install-initramfs
install-initramfs: initramfs-bin
	install -d $(initramfsdir) $(hookdir) $(dracutdir)
	install -m 755 $(INITRAMFS_BIN) $(initramfsdir)
	$(fill_in) packaging/initramfs/hook >$(hookdir)/multisnap
	$(fill_in) packaging/initramfs/module-setup.sh >$(dracutdir)/module-setup.sh
	chmod 755 $(hookdir)/multisnap $(dracutdir)/module-setup.sh

.PHONY: uninstall
uninstall:
	rm -f $(tooldir)/pdata_tools $(TOOLS:%=$(sbindir)/%) $(libdir)/libmeta.a \
		$(libdir)/libmeta.so $(libdir)/libmeta.so.$(SOVERSION) \
		$(libdir)/$(notdir $(SHARED)) \
		$(libdir)/pkgconfig/libmeta.pc $(MAN:man8/%.adoc=$(mandir)/%) \
		$(addprefix $(completiondir)/,pdata_tools $(TOOLS)) $(hookdir)/multisnap
	rm -rf $(includedir) $(schemadir) $(initramfsdir) $(dracutdir)
