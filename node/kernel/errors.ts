/**
 * Every way in which the node refuses or fails. The part before the dot is the room that says it.
 *
 * A new code needs its public words in `http/errors/table.ts`, which does not compile without them.
 */
export const errorCodes = [
  'config.invalid',
  'internal.fault',
  'internal.stopping',

  'request.bad_target',
  'request.bad_host',
  'request.foreign_site',
  'request.bad_header',
  'request.bad_parameters',
  'request.bad_body',
  'request.too_large',
  'request.too_many',
  'request.not_found',
  'request.method_not_allowed',
  'request.unsupported_media_type',
  'request.not_acceptable',
  'request.not_offered',

  'json.malformed',
  'json.too_deep',
  'json.too_large',
  'json.duplicate_member',
  'json.forbidden_text',

  'identifier.malformed',

  'outbound.refused',
  'outbound.failed',
  'outbound.timed_out',
  'outbound.too_large',
  'outbound.bad_answer',

  'store.unavailable',
  'store.locked',
  'store.damaged',
  'store.conflict',
  'store.claimed',
  'store.bad_input',

  'audit.unavailable',
  'audit.damaged',
  'audit.checkpoint_invalid',
  'audit.checkpoint_contradicts',
  'audit.anchor_unknown',

  'identity.party_unknown',
  'identity.party_exists',
  'identity.service_unknown',
  'identity.service_exists',
  'identity.did_malformed',
  'identity.did_method_unsupported',
  'identity.did_url_malformed',
  'identity.did_unresolvable',
  'identity.did_not_found',
  'identity.did_document_invalid',
  'identity.did_feature_unsupported',
  'identity.did_deactivated',
  'identity.chain_invalid',
  'identity.chain_revoked',
  'identity.chain_unchecked',
  'identity.key_unknown',
  'identity.key_exists',
  'identity.key_not_found',
  'identity.key_state',
  'identity.key_in_use',
  'identity.key_store_closed',

  'credential.malformed',
  'credential.type_unknown',
  'credential.rule_broken',
  'credential.context',
  'credential.algorithm',
  'credential.controller',
  'credential.key_purpose',
  'credential.signature',
  'credential.not_yet_valid',
  'credential.expired',
  'credential.issuer_untrusted',
  'credential.subject_mismatch',
  'credential.status_unsupported',
  'credential.status_unavailable',
  'credential.revoked',
  'credential.suspended',
  'credential.not_revocable',
  'credential.not_found',
  'credential.revoked_already',
  'credential.exists',

  'proof.malformed',
  'proof.unsupported',
  'proof.too_large',
  'proof.purpose',
  'proof.expired',
  'proof.binding',
  'proof.chain',
  'proof.signature',

  'presentation.malformed',
  'presentation.validity',
  'presentation.audience',
  'presentation.signer',
  'presentation.algorithm',
  'presentation.signature',
  'presentation.not_yet_valid',
  'presentation.expired',
  'presentation.submission',
  'presentation.unfulfilled',
  'presentation.definition_unsupported',

  'policy.pack_invalid',
  'policy.reload_refused',
  'policy.unavailable',
  'policy.fact_unavailable',
  'access.denied',

  'consent.unknown',
  'source.unknown',
  'source.bad_body',
  'source.unparsable',
  'source.no_operation',
  'source.several_operations',
  'source.several_roots',
  'source.unknown_operation',
  'source.bad_request',
  'source.unavailable',
  'source.not_supported',
  'source.type_unknown',
  'source.failed',
  'source.timed_out',
  'source.bad_record',
  'source.record_unknown',
  'source.record_conflict',
  'source.record_referred',

  'token.bad_request',
  'token.certificate_refused',
  'token.address_refused',
  'token.audience_required',
  'token.audience_unknown',
  'token.scope_missing',
  'token.scope_refused',
  'token.actor_refused',
  'token.unsupported_grant',
  'token.unknown_scope',
  'token.scope_denied',
  'token.dpop_invalid',
  'token.dpop_nonce',
  'token.dpop_required',
  'token.shown_not_kept',
  'token.replayed',
  'token.client_mismatch',
  'token.unconfirmed',
  'token.too_soon',
  'signin.missing',
  'signin.untrusted',
  'signin.invalid',
  'signin.not_allowed',

  'token.missing',
  'token.invalid',
  'token.insufficient_scope',
  'token.no_matching_credential',
  'token.peer_refused',
  'token.peer_unsupported',

  'catalogue.malformed',
  'catalogue.too_large',
  'catalogue.dataset_unknown',
  'catalogue.filter_unsupported',
  'catalogue.foreign_host',
  'catalogue.integrity',
  'catalogue.invalid',
  'catalogue.not_served',
  'catalogue.page_gone',
  'catalogue.person_number',
  'catalogue.proof_invalid',
  'catalogue.publisher',
  'catalogue.redirected',
  'catalogue.rollback',
  'catalogue.stale_list',
  'catalogue.too_slow',
  'catalogue.refused',
  'catalogue.unknown',

  'notification.abonnement_refused',
  'notification.abonnement_quota',
  'notification.abonnement_unknown',
  'notification.abonnement_by_settings',
  'notification.no_own_case',

  'discovery.service_unknown',
  'discovery.not_a_server',
  'discovery.registration_invalid',
  'discovery.registration_unknown',
  'discovery.registration_taken',
  'discovery.not_activated',
  'discovery.index_gone',
  'discovery.address_list_malformed',
  'discovery.endpoint_unknown',
  'discovery.endpoint_ambiguous',
  'discovery.list_unstable',

  'notification.malformed',
  'notification.person_number',
  'notification.event_unknown',
  'notification.outdated',
  'notification.sender',
  'notification.sender_role',
  'notification.receiver',
  'notification.changed',
  'notification.too_many',
  'notification.queue_full',
  'notification.not_ready',
  'notification.entry_unknown',
  'notification.webhook_unknown',
  'notification.webhook_refused',
  'notification.way_unsupported',
  'notification.delivery_unknown',

  'melding.unknown',
  'melding.done',
] as const

export type ErrorCode = (typeof errorCodes)[number]

export interface NodeErrorOptions {
  /** For the operational log; never leaves the node. */
  readonly detail?: string
  /** The failure that led to this one; never leaves the node. */
  readonly cause?: unknown
  /**
   * Sentences the caller may read beside the fixed words of the code: which rule refused, which field is unknown.
   * Whoever fills them guarantees that they hold no personal data, secret or fact about others.
   */
  readonly notes?: readonly string[]
}

/** The only error the node throws on purpose. What the caller reads is decided by `code` and `notes` alone. */
export class NodeError extends Error {
  override readonly name = 'NodeError'
  readonly code: ErrorCode
  readonly detail: string | undefined
  readonly notes: readonly string[]

  constructor(code: ErrorCode, options: NodeErrorOptions = {}) {
    super(options.detail === undefined ? code : `${code}: ${options.detail}`, { cause: options.cause })
    this.code = code
    this.detail = options.detail
    this.notes = options.notes ?? []
  }

  /** True for an error of this class, also across module instances. */
  static is(error: unknown): error is NodeError {
    return error instanceof NodeError
  }

  /** The code of `error` when it is a `NodeError`, otherwise `internal.fault`. */
  static codeOf(error: unknown): ErrorCode {
    return NodeError.is(error) ? error.code : 'internal.fault'
  }
}

/** The refusal of parameters that are not as an interface asks; `note` says which, and what to give. */
export function badParameters(note: string): NodeError {
  return new NodeError('request.bad_parameters', { notes: [note] })
}

/** The code of an error of the platform, such as `ENOENT`; `undefined` when it has none. */
export function systemCodeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined
}
