# SPDX-License-Identifier: GPL-2.0-or-later
#
# "make install" and "make uninstall".

PREFIX ?= /usr/local
sbindir = $(DESTDIR)$(PREFIX)/sbin
libdir = $(DESTDIR)$(PREFIX)/lib
includedir = $(DESTDIR)$(PREFIX)/include/meta
mandir = $(DESTDIR)$(PREFIX)/share/man/man8
schemadir = $(DESTDIR)$(PREFIX)/share/multisnap
completiondir = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
HEADERS := $(wildcard include/meta/*.h)

.PHONY: install
install: all
	install -d $(sbindir) $(libdir)/pkgconfig $(includedir) $(mandir) $(schemadir)
	install -m 755 $(B)/bin/pdata_tools $(sbindir)
	for t in $(TOOLS); do ln -sf pdata_tools $(sbindir)/$$t; done
	install -m 644 $(STATIC) $(libdir)
	install -m 755 $(SHARED) $(libdir)
	ln -sf $(notdir $(SHARED)) $(libdir)/libmeta.so.$(SOVERSION)
	ln -sf $(notdir $(SHARED)) $(libdir)/libmeta.so
	sed -e 's|@prefix@|$(PREFIX)|' -e 's|@version@|$(VERSION)|' libmeta/libmeta.pc.in \
		>$(libdir)/pkgconfig/libmeta.pc
	install -m 644 $(HEADERS) $(includedir)
	install -m 644 $(wildcard xml-schema/*.rng) $(schemadir)
	$(if $(COMPLETION),install -d $(completiondir) && cp -d \
		$(addprefix $(B)/completions/,pdata_tools $(TOOLS)) $(completiondir))
	$(if $(ASCIIDOCTOR),install -m 644 $(MAN_OUT) $(mandir))

.PHONY: uninstall
uninstall:
	rm -f $(sbindir)/pdata_tools $(TOOLS:%=$(sbindir)/%) $(libdir)/libmeta.a \
		$(libdir)/libmeta.so $(libdir)/libmeta.so.$(SOVERSION) \
		$(libdir)/$(notdir $(SHARED)) \
		$(libdir)/pkgconfig/libmeta.pc $(MAN:man8/%.adoc=$(mandir)/%) \
		$(addprefix $(completiondir)/,pdata_tools $(TOOLS))
	rm -rf $(includedir) $(schemadir)
