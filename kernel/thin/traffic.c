// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bios of a volume in flight on mapped blocks, and changes that wait for them.
 *
 * A change waits for the bios that are in flight now, not for those that come
 * later, or it might wait for ever.  So bios are counted in two groups: those
 * that came before the change, and those after it.  When the first group is
 * empty, the change goes on, and the groups can change their roles.  Who wants
 * to wait while they cannot, as the first group is not empty yet, has the next turn.
 *
 *	first group	nr[!now]	only gets smaller	"waiting" waits for it
 *	second group	nr[now]		new bios come here	"next" waits for both
 *
 * Nobody waits for an empty group.  Context: any.
 */
#include "pool.h"

void ms_traffic_init(struct ms_traffic *t)
{
	spin_lock_init(&t->lock);
	INIT_LIST_HEAD(&t->waiting);
	INIT_LIST_HEAD(&t->next);
}

unsigned int ms_traffic_enter(struct ms_traffic *t)
{
	unsigned long flags;
	unsigned int group;

	spin_lock_irqsave(&t->lock, flags);
	group = t->now;
	t->nr[group]++;
	spin_unlock_irqrestore(&t->lock, flags);
	return group;
}

/* A group got empty. */
static void settle(struct ms_traffic *t, struct list_head *over)
{
	if (t->nr[!t->now])
		return;
	list_splice_tail_init(&t->waiting, over);
	if (list_empty(&t->next))
		return;
	t->now = !t->now;
	list_splice_init(&t->next, t->nr[!t->now] ? &t->waiting : over);
}

void ms_traffic_leave(struct ms_traffic *t, unsigned int group, struct list_head *over)
{
	unsigned long flags;

	spin_lock_irqsave(&t->lock, flags);
	if (!--t->nr[group])
		settle(t, over);
	spin_unlock_irqrestore(&t->lock, flags);
}

bool ms_traffic_wait(struct ms_traffic *t, struct list_head *who)
{
	unsigned long flags;
	bool waits;

	spin_lock_irqsave(&t->lock, flags);
	waits = t->nr[0] || t->nr[1];
	if (waits && !t->nr[!t->now])
		t->now = !t->now;	/* all bios that are there came before */
	if (waits)
		list_add_tail(who, t->nr[t->now] ? &t->next : &t->waiting);
	spin_unlock_irqrestore(&t->lock, flags);
	return waits;
}
