/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request and its answer over a connection.
 *
 * Nothing the daemon sends is believed before it was checked: size, version, type, serial, the NUL
 * behind its text. After the first packet that is not right, or that does not come in time, the
 * connection is dead: what arrives later could answer another question.
 */
#include "base/clock.h"
#include "base/packet.h"
#include "control/connection.h"

#include <errno.h>
#include <string.h>

_Static_assert((int)PACKET_DESCRIPTORS_MAX >= (int)CONTROL_DESCRIPTORS_MAX, "descriptors fit");

static uint32_t next_serial(struct control *control)
{
	if (++control->serial == 0)
		control->serial = 1;
	return control->serial;
}

static int send_request(struct control *control, const struct control_request *request,
			uint64_t deadline_ns)
{
	struct control_header header = {
		.size = (__u32)(sizeof(header) + request->body_size + request->extra_size),
		.version = CONTROL_VERSION,
		.type = (__u16)request->type,
		.serial = next_serial(control),
	};
	unsigned char *place = control->buffer;
	struct packet packet = {.bytes = control->buffer, .size = header.size};

	memcpy(place, &header, sizeof(header));
	place += sizeof(header);
	if (request->body_size > 0)
		memcpy(place, request->body, request->body_size);
	place += request->body_size;
	if (request->extra_size > 0)
		memcpy(place, request->extra, request->extra_size);
	if (request->descriptor >= 0)
		packet.descriptors[packet.descriptor_count++] = request->descriptor;
	return packet_send(control->descriptor, &packet, deadline_ns);
}

static int check_answer(const struct control *control, const struct control_request *request,
			const struct packet *packet)
{
	const struct control_header *header = packet->bytes;

	if (packet->size < sizeof(*header))
		return -EPROTO;
	if (header->version != CONTROL_VERSION)
		return -EPROTONOSUPPORT;
	if (header->size != packet->size || header->type != request->type ||
	    header->serial != control->serial || packet->descriptor_count > CONTROL_DESCRIPTORS_MAX)
		return -EPROTO;
	return 0;
}

static void take_answer(struct control_answer *answer, const struct packet *packet)
{
	const struct control_header *header = packet->bytes;

	answer->result = header->result;
	answer->size = packet->size - sizeof(*header);
	memcpy(answer->body, header + 1, answer->size);
	memcpy(answer->descriptors, packet->descriptors,
	       packet->descriptor_count * sizeof(answer->descriptors[0]));
	answer->descriptor_count = packet->descriptor_count;
}

/* ---- What nobody asked for ---- */

/* Keeps the packet if it is no answer. False: it is to be taken for one. */
static bool keep_unasked(struct control *control, const struct packet *packet)
{
	const struct control_header *header = packet->bytes;
	const struct control_mute *mute = (const void *)(header + 1);
	struct control_unasked **end = &control->unasked;
	size_t least = sizeof(*header) + sizeof(*mute);

	if (packet->size < least || header->version != CONTROL_VERSION || header->serial != 0 ||
	    header->size != packet->size || header->type != CONTROL_CLIENT_MUTE ||
	    mute->path_length != packet->size - least || packet->descriptor_count > 0)
		return false;
	/* What nobody has taken for so long is lost, as is what there is no memory for. */
	if (control->unasked_count >= CONTROL_UNASKED_MAX)
		return true;
	while (*end)
		end = &(*end)->next;
	*end = calloc(1, sizeof(**end) + mute->path_length + 1);
	if (!*end)
		return true;
	(*end)->mute = *mute;
	memcpy((*end)->path, mute + 1, mute->path_length);
	control->unasked_count++;
	return true;
}

/* What lies in the socket while no answer is owed; a daemon that went has left it there. */
static void read_unasked(struct control *control)
{
	struct packet packet = {.bytes = control->buffer};
	bool more = true;

	/* An error may be that of the end, before which something still lies. */
	for (int left = CONTROL_UNASKED_MAX + 1; more && left > 0; left--) {
		int result;

		packet.size = sizeof(control->buffer);
		result = packet_receive(control->descriptor, &packet, 0);
		more = result < 0 ? result != -ETIMEDOUT : keep_unasked(control, &packet);
		if (result == 0)
			packet_close_descriptors(&packet);
	}
}

struct control_unasked *control_take_unasked(struct control *control)
{
	struct control_unasked *first;

	if (control->owner != getpid())
		return NULL;
	pthread_mutex_lock(&control->lock);
	if (!control->unasked)
		read_unasked(control);
	first = control->unasked;
	if (first) {
		control->unasked = first->next;
		control->unasked_count--;
	}
	pthread_mutex_unlock(&control->lock);
	return first;
}

/* ---- Calls ---- */

static int exchange(struct control *control, const struct control_request *request,
		    struct control_answer *answer, uint64_t deadline_ns)
{
	struct packet packet = {.bytes = control->buffer, .size = sizeof(control->buffer)};
	int result;

	result = send_request(control, request, deadline_ns);
	if (result < 0)
		return result;
	for (int left = CONTROL_UNASKED_MAX; left >= 0; left--) {
		packet.size = sizeof(control->buffer);
		result = packet_receive(control->descriptor, &packet, deadline_ns);
		if (result < 0)
			return result;
		if (!keep_unasked(control, &packet))
			break;
	}
	result = check_answer(control, request, &packet);
	if (result < 0) {
		packet_close_descriptors(&packet);
		return result;
	}
	take_answer(answer, &packet);
	return 0;
}

static void take_text(char text[CONTROL_TEXT_MAX], const struct control_answer *answer)
{
	size_t length;

	text[0] = '\0';
	if (answer->result == 0)
		return;
	length = answer->size < CONTROL_TEXT_MAX ? answer->size : CONTROL_TEXT_MAX - 1;
	length = strnlen((const char *)answer->body, length);
	memcpy(text, answer->body, length);
	text[length] = '\0';
}

int control_call(struct control *control, const struct control_request *request,
		 struct control_answer *answer, char text[CONTROL_TEXT_MAX], uint64_t deadline_ns)
{
	const size_t room = CONTROL_PACKET_MAX - sizeof(struct control_header);
	const struct timespec deadline = clock_timespec(deadline_ns);
	int result;

	if (request->body_size > room || request->extra_size > room - request->body_size)
		return -EMSGSIZE;
	if (control->owner != getpid())
		return -ECONNRESET;
	result = pthread_mutex_clocklock(&control->lock, CLOCK_MONOTONIC, &deadline);
	if (result != 0)
		return -result;
	if (control->dead) {
		result = -ECONNRESET;
	} else {
		result = exchange(control, request, answer, deadline_ns);
		control->dead = result < 0;
	}
	pthread_mutex_unlock(&control->lock);
	if (result == 0 && text)
		take_text(text, answer);
	return result;
}

void control_answer_done(struct control_answer *answer)
{
	while (answer->descriptor_count > 0)
		close(answer->descriptors[--answer->descriptor_count]);
}
