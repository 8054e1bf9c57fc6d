/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libbsm: the parts of an audit token.
 *
 * Owns the order of the eight words, which is macOS's; whoever makes tokens writes them in this
 * order, and everybody else reads them here.
 */
#include <bsm/libbsm.h>
#include <string.h>

enum token_word {
	TOKEN_AUID,
	TOKEN_EUID,
	TOKEN_EGID,
	TOKEN_RUID,
	TOKEN_RGID,
	TOKEN_PID,
	TOKEN_ASID,
	TOKEN_PIDVERSION,
	TOKEN_WORDS,
};

_Static_assert(sizeof(audit_token_t) == TOKEN_WORDS * sizeof(unsigned int),
	       "a token's eight words");

uid_t audit_token_to_auid(audit_token_t token)
{
	return token.val[TOKEN_AUID];
}

uid_t audit_token_to_euid(audit_token_t token)
{
	return token.val[TOKEN_EUID];
}

gid_t audit_token_to_egid(audit_token_t token)
{
	return token.val[TOKEN_EGID];
}

uid_t audit_token_to_ruid(audit_token_t token)
{
	return token.val[TOKEN_RUID];
}

gid_t audit_token_to_rgid(audit_token_t token)
{
	return token.val[TOKEN_RGID];
}

pid_t audit_token_to_pid(audit_token_t token)
{
	return (pid_t)token.val[TOKEN_PID];
}

au_asid_t audit_token_to_asid(audit_token_t token)
{
	return (au_asid_t)token.val[TOKEN_ASID];
}

int audit_token_to_pidversion(audit_token_t token)
{
	return (int)token.val[TOKEN_PIDVERSION];
}

static void put_word(void *ret_word, unsigned int word)
{
	if (ret_word)
		memcpy(ret_word, &word, sizeof(word));
}

void audit_token_to_au32(audit_token_t token, uid_t *ret_auid, uid_t *ret_euid, gid_t *ret_egid,
			 uid_t *ret_ruid, gid_t *ret_rgid, pid_t *ret_pid, au_asid_t *ret_asid,
			 au_tid_t *ret_tid)
{
	put_word(ret_auid, token.val[TOKEN_AUID]);
	put_word(ret_euid, token.val[TOKEN_EUID]);
	put_word(ret_egid, token.val[TOKEN_EGID]);
	put_word(ret_ruid, token.val[TOKEN_RUID]);
	put_word(ret_rgid, token.val[TOKEN_RGID]);
	put_word(ret_pid, token.val[TOKEN_PID]);
	put_word(ret_asid, token.val[TOKEN_ASID]);
	if (ret_tid)
		*ret_tid = (au_tid_t){0};
}
