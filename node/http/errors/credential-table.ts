import { row, unavailable } from './public-error.js'

/** Why a credential does not count, or cannot be issued or kept, in public words: a part of `table.ts`. */
export const credentialErrors = {
  'credential.malformed': row(400, 'credential-malformed', 'A credential is malformed.'),
  'credential.type_unknown': row(400, 'credential-type-unknown', 'A credential is of a type that is not known here.'),
  'credential.rule_broken': row(400, 'credential-rule-broken', 'A credential does not hold what its type demands.'),
  'credential.algorithm': row(
    400,
    'credential-algorithm',
    'A credential is signed with an algorithm that is not accepted.',
  ),
  'credential.context': row(
    400,
    'credential-context',
    'A context is unknown, or does not define what is said with it.',
  ),
  'credential.controller': row(
    400,
    'credential-controller',
    'A credential is signed with a key that is not its issuer’s.',
  ),
  'credential.key_purpose': row(
    400,
    'credential-key-purpose',
    'A credential is signed with a key that is not meant for that.',
  ),
  'credential.signature': row(400, 'credential-signature', 'The signature of a credential is not good.'),
  'credential.not_yet_valid': row(400, 'credential-not-yet-valid', 'A credential is not valid yet.'),
  'credential.expired': row(400, 'credential-expired', 'A credential has expired.'),
  'credential.issuer_untrusted': row(
    400,
    'credential-issuer-untrusted',
    'A credential comes from an issuer that does not count here.',
  ),
  'credential.subject_mismatch': row(400, 'credential-subject-mismatch', 'A credential is about somebody else.'),
  'credential.status_unsupported': row(
    400,
    'credential-status-unsupported',
    'The status of a credential cannot be checked.',
  ),
  'credential.status_unavailable': unavailable(
    'credential-status-unavailable',
    'The status list of a credential cannot be had or verified at the moment, so the node refuses. Try again.',
  ),
  'credential.revoked': row(400, 'credential-revoked', 'A credential was revoked by its issuer.'),
  'credential.suspended': row(400, 'credential-suspended', 'A credential is suspended by its issuer.'),
  'credential.revoked_already': row(409, 'credential-revoked-already', 'The credential was revoked before.'),
  'credential.not_revocable': row(400, 'credential-not-revocable', 'The credential was issued without such a status.'),
  'credential.not_found': row(404, 'credential-not-found', 'There is no such credential.'),
  'credential.exists': row(409, 'credential-exists', 'The credential is already in the wallet.'),
} as const
