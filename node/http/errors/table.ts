import type { ErrorCode } from '../../kernel/errors.js'
import { catalogueErrors } from './catalogue-table.js'
import { credentialErrors } from './credential-table.js'
import { notificationErrors } from './notification-table.js'
import { fault, later, refusedForNow, row, unavailable, type PublicError } from './public-error.js'
import { sourceErrors } from './source-table.js'

/** Every error code in public words. It does not compile when a code is missing. */
export const publicErrors = {
  'config.invalid': fault('internal-fault', 'The node is not configured well; its operator can read why in the log.'),
  'internal.fault': fault('internal-fault', 'The node made a mistake. Give the trace id to its operator.'),
  'internal.stopping': unavailable('stopping', 'The node is stopping. Try again.'),

  'request.bad_target': row(400, 'bad-target', 'Ask for a plain path without dot segments or double slashes.'),
  'request.bad_host': row(400, 'bad-host', 'Send exactly one Host header.'),
  'request.foreign_site': row(
    403,
    'foreign-site',
    'This listener takes no calls from pages of others, nor under a name that is not its own. Call it by its address; its operator can add a name in http.internal.names.',
    'access_denied',
  ),
  'request.bad_header': row(400, 'bad-header', 'A header is repeated, malformed or not accepted.'),
  'request.bad_parameters': row(400, 'bad-parameters', 'A parameter is missing, unknown, repeated or malformed.'),
  'request.bad_body': row(400, 'bad-body', 'The body is not as this interface asks.'),
  'request.too_large': row(413, 'body-too-large', 'The request is larger than this interface accepts.'),
  'request.too_many': row(
    429,
    'too-many-refusals',
    'Too many requests from this address were refused. Wait as long as Retry-After says.',
    'temporarily_unavailable',
  ),
  'request.not_found': row(404, 'not-found', 'There is nothing here.'),
  'request.method_not_allowed': row(405, 'method-not-allowed', 'Use one of the methods in the Allow header.'),
  'request.unsupported_media_type': row(
    415,
    'unsupported-media-type',
    'Send the body in the media type of this interface, in UTF-8, not compressed.',
  ),
  'request.not_offered': row(501, 'not-offered', 'This node does not offer that.', 'server_error'),
  'request.not_acceptable': row(406, 'not-acceptable', 'Accept one of the media types of this interface.'),

  'json.malformed': row(400, 'json-malformed', 'The body is not JSON.'),
  'json.too_deep': row(400, 'json-too-deep', 'The JSON is nested too deeply.'),
  'json.too_large': row(400, 'json-too-large', 'The JSON has too many members or too long a text.'),
  'json.duplicate_member': row(400, 'duplicate-member', 'A JSON object names a member twice.'),
  'json.forbidden_text': row(
    400,
    'json-forbidden-text',
    'The JSON holds text that is not accepted: U+0000, a lone surrogate or a reserved name.',
  ),

  'identifier.malformed': row(400, 'identifier-malformed', 'An identifier does not have the form of its kind.'),

  'outbound.refused': row(502, 'peer-address-refused', 'The address of the other node may not be called from here.'),
  'outbound.failed': row(502, 'peer-unreachable', 'The other node could not be reached.'),
  'outbound.timed_out': row(504, 'peer-timed-out', 'The other node did not answer in time.'),
  'outbound.too_large': row(502, 'peer-answer-too-large', 'The other node’s answer is larger than we read.'),
  'outbound.bad_answer': row(502, 'peer-bad-answer', 'The other node’s answer is not what its interface promises.'),

  'store.unavailable': unavailable('storage-unavailable', 'The node cannot store at the moment. Try again.'),
  'store.locked': unavailable('storage-unavailable', 'The node cannot store at the moment. Try again.'),
  'store.damaged': unavailable('storage-unavailable', 'The node cannot store at the moment. Try again.'),
  'store.conflict': row(409, 'conflict', 'Somebody changed this at the same moment. Read it again, then try again.'),
  'store.claimed': row(409, 'conflict', 'This was used already.'),
  'store.bad_input': row(400, 'bad-parameters', 'A value is too long or holds text that is not accepted.'),

  'audit.unavailable': unavailable(
    'audit-unavailable',
    'The node cannot account for this at the moment, so it refuses. Try again.',
  ),
  'audit.damaged': unavailable(
    'audit-unavailable',
    'The node cannot account for this at the moment, so it refuses. Try again.',
  ),
  'audit.checkpoint_invalid': row(400, 'checkpoint-invalid', 'This is no checkpoint of a node that is anchored here.'),
  'audit.checkpoint_contradicts': row(
    409,
    'checkpoint-contradicts',
    'The checkpoint contradicts an earlier one of the same node, which is kept as evidence.',
  ),
  'audit.anchor_unknown': row(404, 'anchor-unknown', 'No node is anchored here under that name.'),

  'identity.party_unknown': row(404, 'party-unknown', 'This node does not speak for that subject.'),
  'identity.party_exists': row(409, 'party-exists', 'There is already a subject with this name or id.'),
  'identity.service_unknown': row(404, 'did-service-unknown', 'The subject has no such service.'),
  'identity.service_exists': row(409, 'did-service-exists', 'The subject has this service already.'),
  'identity.did_malformed': row(400, 'did-malformed', 'A DID is malformed.'),
  'identity.did_method_unsupported': row(400, 'did-method-unsupported', 'A DID is of a method that is not supported.'),
  'identity.did_unresolvable': row(400, 'did-unresolvable', 'A DID document cannot be had.'),
  'identity.did_url_malformed': row(400, 'did-url-malformed', 'A DID URL is malformed.'),
  'identity.did_not_found': row(400, 'did-unresolvable', 'A DID document cannot be had.'),
  'identity.did_document_invalid': row(400, 'did-unresolvable', 'A DID document cannot be had.'),
  'identity.did_feature_unsupported': row(400, 'did-feature-unsupported', 'What the DID URL asks is not offered.'),
  'identity.did_deactivated': row(400, 'did-deactivated', 'A DID was deactivated.'),
  'identity.chain_invalid': row(400, 'certificate-chain-invalid', 'A certificate chain is not good for its DID.'),
  'identity.chain_revoked': row(400, 'certificate-revoked', 'A certificate was revoked.'),
  'identity.chain_unchecked': row(
    400,
    'certificate-unchecked',
    'It cannot be checked whether a certificate was revoked. Try again.',
  ),
  'identity.key_unknown': row(400, 'key-unknown', 'The DID document does not list the key for this use.'),
  'identity.key_not_found': row(404, 'key-not-found', 'The subject has no such key.'),
  'identity.key_state': row(409, 'key-state', 'The key is not in a state in which this can be done.'),
  'identity.key_in_use': row(409, 'key-in-use', 'What the key signed still counts.'),
  'identity.key_exists': row(409, 'key-exists', 'There is already another key with this id.'),
  'identity.key_store_closed': unavailable('key-store-unavailable', 'The node cannot use its keys at the moment.'),

  ...credentialErrors,

  'proof.malformed': row(400, 'proof-malformed', 'A proof is missing a member, or holds one that is malformed.'),
  'proof.unsupported': row(400, 'proof-unsupported', 'A proof is of a type or cryptosuite that is not accepted.'),
  'proof.too_large': row(400, 'proof-too-large', 'The document is too large or too tangled to check its proof.'),
  'proof.purpose': row(400, 'proof-purpose', 'A proof, or its key, is meant for another purpose.'),
  'proof.expired': row(400, 'proof-expired', 'A proof is not valid at this moment.'),
  'proof.binding': row(400, 'proof-binding', 'A proof was made for another domain or challenge.'),
  'proof.chain': row(400, 'proof-chain', 'A proof builds on one that is not there.'),
  'proof.signature': row(400, 'proof-signature', 'The signature of a proof is not good.'),

  'presentation.malformed': row(400, 'presentation-malformed', 'The presentation is malformed.'),
  'presentation.validity': row(400, 'presentation-validity', 'The presentation is valid for too long.'),
  'presentation.audience': row(400, 'presentation-audience', 'The presentation was made for another audience.'),
  'presentation.signer': row(
    400,
    'presentation-signer',
    'The presentation is not signed by the one who holds it and whom its credentials are about.',
  ),
  'presentation.algorithm': row(
    400,
    'presentation-algorithm',
    'The presentation is signed with an algorithm that is not accepted.',
  ),
  'presentation.signature': row(400, 'presentation-signature', 'The signature of the presentation is not good.'),
  'presentation.not_yet_valid': row(400, 'presentation-not-yet-valid', 'The presentation is not valid yet.'),
  'presentation.expired': row(400, 'presentation-expired', 'The presentation has expired.'),
  'presentation.submission': row(
    400,
    'presentation-submission',
    'The submission does not fit the presentation and the definition.',
  ),
  'presentation.unfulfilled': row(400, 'presentation-unfulfilled', 'The presentation does not fulfil the definition.'),
  'presentation.definition_unsupported': row(
    400,
    'definition-unsupported',
    'The presentation definition asks what is not supported here.',
  ),

  'policy.pack_invalid': fault(
    'internal-fault',
    'The node is not configured well; its operator can read why in the log.',
  ),
  'policy.reload_refused': row(409, 'packs-refused', 'A pack is not good, so the rules stay as they were.'),
  'policy.unavailable': unavailable(
    'policy-unavailable',
    'There is no decision at the moment, so the node refuses. Try again.',
  ),
  'policy.fact_unavailable': refusedForNow(
    5,
    'fact-unavailable',
    'What the policy must know cannot be had from another source now, so the node refuses. Try again.',
  ),
  'access.denied': row(403, 'access-denied', 'The policy of the source does not allow this.', 'access_denied'),
  ...sourceErrors,
  'token.bad_request': row(
    400,
    'bad-token-request',
    'The token request is not complete or holds what this grant does not know.',
  ),
  'token.certificate_refused': row(403, 'certificate-refused', 'The client certificate is not one that counts here.'),
  'token.address_refused': row(403, 'address-refused', 'Tokens are not granted to this address.'),
  'token.audience_required': row(400, 'audience-required', 'Name the source that the token is for as audience.'),
  'token.audience_unknown': row(400, 'audience-unknown', 'The audience is no source of this party.'),
  'token.scope_missing': row(400, 'scope-missing', 'Ask for a scope.', 'invalid_scope'),
  'token.scope_refused': row(400, 'scope-refused', 'A scope is not granted this way.', 'invalid_scope'),
  'token.actor_refused': row(401, 'actor-refused', 'You may not ask for that organisation.', 'access_denied'),
  'token.unsupported_grant': row(
    400,
    'unsupported-grant',
    'This grant type is not offered here.',
    'unsupported_grant_type',
  ),
  'token.unknown_scope': row(400, 'unknown-scope', 'The scope is not one of this party.', 'invalid_scope'),
  'token.scope_denied': row(
    400,
    'scope-denied',
    'The decision point of this party does not grant the scope.',
    'access_denied',
  ),
  'token.dpop_invalid': row(
    400,
    'dpop-invalid',
    'The DPoP proof is not good for this request. Make a new one.',
    'invalid_dpop_proof',
  ),
  'token.dpop_nonce': row(
    400,
    'dpop-nonce',
    'Make a new DPoP proof with the nonce in the DPoP-Nonce header.',
    'use_dpop_nonce',
  ),
  'token.dpop_required': row(
    400,
    'dpop-required',
    'This scope is granted to a key only: send a DPoP proof.',
    'invalid_dpop_proof',
  ),
  'token.shown_not_kept': row(
    404,
    'shown-not-kept',
    'This node does not keep what was shown for a token; see tokens.keepPresentations.',
  ),
  'token.unconfirmed': later(
    300,
    'restored-unconfirmed',
    'The node was restored from a backup and waits for its administrator. Try again later.',
  ),
  'token.too_soon': later(20, 'restored', 'The node was restored a moment ago. Try again with a new presentation.'),
  'token.replayed': row(400, 'presentation-replayed', 'The presentation was used already. Make a new one.'),
  'token.client_mismatch': row(400, 'client-mismatch', 'The client_id names another party than the one that presents.'),
  'signin.missing': row(
    401,
    'sign-in-missing',
    'Sign in: send a bearer token under a key that this node lists. docs/administer.md says how one is made.',
    'invalid_token',
  ),
  'signin.untrusted': row(
    401,
    'sign-in-invalid',
    'The token does not sign you in here. Make a new one; the journal and the log of the node say what is wrong.',
    'invalid_token',
  ),
  'signin.invalid': row(
    401,
    'sign-in-invalid',
    'The token does not sign you in here. Make a new one; the journal and the log of the node say what is wrong.',
    'invalid_token',
  ),
  'signin.not_allowed': row(
    403,
    'not-your-role',
    'The key that you signed in with is not for this. Ask an administrator of the node.',
    'insufficient_scope',
  ),

  'token.missing': row(
    401,
    'token-missing',
    'Send an access token of this party in the Authorization header.',
    'invalid_token',
  ),
  'token.invalid': row(401, 'token-invalid', 'The access token is not valid here. Request a new one.', 'invalid_token'),
  'token.insufficient_scope': row(
    403,
    'insufficient-scope',
    'The access token was granted for another scope.',
    'insufficient_scope',
  ),
  'token.no_matching_credential': row(
    412,
    'no-matching-credential',
    'The wallet does not hold what the other party asks for.',
  ),
  'token.peer_refused': row(502, 'peer-refused', 'The other party refused.'),
  'token.peer_unsupported': row(412, 'peer-unsupported', 'The other party’s authorization server cannot be used.'),

  ...catalogueErrors,

  // One refusal for every cause, in the words of iWlz RFC0036: it tells nobody what is known here.
  'notification.abonnement_refused': row(400, 'invalid-request', 'Validation failed'),
  'notification.abonnement_quota': {
    ...row(429, 'too-many-abonnementen', 'There are too many abonnementen of this abonnee. End some, then try again.'),
    retryAfterSeconds: 3600,
  },
  'notification.abonnement_unknown': row(404, 'abonnement-unknown', 'There is no such abonnement.'),
  'notification.abonnement_by_settings': row(
    409,
    'abonnement-by-settings',
    'The settings want this abonnement. Take it out of notifications.abonnementen of the party.',
  ),
  'notification.no_own_case': row(
    409,
    'no-own-case',
    'The party has no active case of this person, so it may not follow it. Register the case first.',
  ),

  'discovery.service_unknown': row(404, 'service-unknown', 'This node does not know that discovery service.'),
  'discovery.not_a_server': row(404, 'not-a-server', 'This node does not host that discovery service.'),
  'discovery.registration_invalid': row(400, 'registration-invalid', 'The registration is refused.'),
  'discovery.registration_unknown': row(400, 'registration-unknown', 'There is no such registration to withdraw.'),
  'discovery.registration_taken': row(400, 'registration-taken', 'This registration is on the list already.'),
  'discovery.not_activated': row(404, 'not-activated', 'The subject is not listed in this service.'),
  'discovery.index_gone': row(410, 'index-gone', 'What this goes on from is no longer kept. Begin again without it.'),
  'discovery.address_list_malformed': row(400, 'address-list-malformed', 'The list of addresses is refused.'),
  'discovery.endpoint_unknown': row(404, 'endpoint-unknown', 'No source that counts now says where that is.'),
  'discovery.endpoint_ambiguous': row(409, 'endpoint-ambiguous', 'Several parties prove to be that organisation.'),
  'discovery.list_unstable': row(502, 'list-unstable', 'The list starts anew too often; what was read before stays.'),

  ...notificationErrors,
} as const satisfies Record<ErrorCode, PublicError>
