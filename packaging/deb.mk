# SPDX-License-Identifier: GPL-2.0-or-later
#
# "make deb": Debian packages, made of a copy of the tree, since they are put beside
# it and it is cleaned.

DEBDIR := $(B)/deb

.PHONY: deb
deb:
	rm -rf $(DEBDIR)
	mkdir -p $(DEBDIR)/multisnap-$(VERSION)
	{ git ls-files -co --exclude-standard 2>/dev/null || \
		find . -path ./.git -prune -o -path './build*' -prune -o -type f -print; } | \
		while read -r f; do [ ! -e "$$f" ] || echo "$$f"; done | \
		tar -c -T - | tar -x -C $(DEBDIR)/multisnap-$(VERSION)
	cd $(DEBDIR)/multisnap-$(VERSION) && env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u CC \
		dpkg-buildpackage --build=binary --unsigned-changes -j$(shell nproc)
	rm -r $(DEBDIR)/multisnap-$(VERSION)
