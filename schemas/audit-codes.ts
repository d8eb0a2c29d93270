/** NEN 7513: what was done. */
export type AuditAction = 'create' | 'read' | 'update' | 'delete' | 'execute'

/** What kind of event it is, after the classes of NEN 7513. */
export type AuditCategory = 'data' | 'authorization' | 'exchange' | 'administration' | 'journal' | 'system'

/** How an event is told as a FHIR AuditEvent: by a pattern of its own, or by codes of DICOM. */
export type FhirKind = 'query' | 'decision' | { readonly type: DicomCode; readonly subtype?: DicomCode }

/** The codes of DICOM PS3.16 that are used, with their meaning. */
export const dicomCodes = {
  '110100': 'Application Activity',
  '110101': 'Audit Log Used',
  '110106': 'Export',
  '110107': 'Import',
  '110113': 'Security Alert',
  '110114': 'User Authentication',
  '110120': 'Application Start',
  '110121': 'Application Stop',
  '110122': 'Login',
  '110126': 'Node Authentication',
  '110128': 'Network Configuration',
  '110129': 'Security Configuration',
  '110131': 'Software Configuration',
  '110135': 'Object Security Attributes Changed',
} as const
export type DicomCode = keyof typeof dicomCodes

/** What a code stands for. */
export interface AuditCodeRow {
  /** The actions that an event of this code can have. */
  readonly actions: readonly AuditAction[]
  readonly category: AuditCategory
  /** For readers of the journal. */
  readonly title: string
  readonly fhir: FhirKind
}

const row = (
  actions: AuditAction | readonly AuditAction[],
  category: AuditCategory,
  title: string,
  fhir: FhirKind,
): AuditCodeRow => ({ actions: typeof actions === 'string' ? [actions] : actions, category, title, fhir })

const alert = (subtype: DicomCode): FhirKind => ({ type: '110113', subtype })
const decision = 'decision'
const query = 'query'

/**
 * Everything that the node accounts for: a closed list.
 * @see NEN 7513; iWlz RFC0021; IHE Basic Audit Log Patterns; DICOM PS3.15 section A.5
 */
export const auditCodes = {
  'node.started': row('execute', 'system', 'the node started', { type: '110100', subtype: '110120' }),
  'node.stopped': row('execute', 'system', 'the node stopped', { type: '110100', subtype: '110121' }),
  'storage.saved': row('execute', 'system', 'a backup of the storage was made', { type: '110106' }),
  'storage.confirmed': row('execute', 'administration', 'a restored storage was confirmed', alert('110135')),
  'storage.restored': row('execute', 'system', 'the storage was restored from a backup', { type: '110107' }),

  'party.created': row('create', 'administration', 'a party was made', alert('110131')),
  'party.changed': row('update', 'administration', 'a party was changed', alert('110131')),
  'party.removed': row('delete', 'administration', 'a party was removed', alert('110131')),
  'key.made': row('create', 'administration', 'a key was made', alert('110129')),
  'key.promoted': row('update', 'administration', 'a key became the one that signs', alert('110129')),
  'key.retired': row('update', 'administration', 'a key stopped signing', alert('110129')),
  'key.removed': row('delete', 'administration', 'a key was removed', alert('110129')),
  'discovery.activated': row('create', 'administration', 'a party is to be listed', alert('110128')),
  'discovery.deactivated': row('delete', 'administration', 'a party is no longer to be listed', alert('110128')),
  'addressbook.imported': row('update', 'administration', 'an address book was imported', alert('110128')),
  'addressbook.exported': row('read', 'administration', 'the address book was exported', { type: '110106' }),
  'sign-in.accepted': row('execute', 'administration', 'somebody signed in on the internal interface', {
    type: '110114',
    subtype: '110122',
  }),
  'sign-in.refused': row('execute', 'administration', 'a call of the internal interface was refused to its caller', {
    type: '110114',
    subtype: '110122',
  }),
  'sign-in.changed': row('update', 'administration', 'who may sign in was read', alert('110129')),

  'policy.reloaded': row('update', 'administration', 'the rules were read anew', alert('110129')),

  'credential.issued': row('create', 'authorization', 'a credential was issued', alert('110135')),
  'credential.received': row('create', 'authorization', 'a credential came into a wallet', alert('110135')),
  'credential.removed': row('delete', 'authorization', 'a credential was thrown away', alert('110135')),
  'credential.revoked': row('update', 'authorization', 'a credential was revoked', alert('110135')),
  'credential.suspended': row('update', 'authorization', 'a credential was suspended', alert('110135')),
  'credential.resumed': row('update', 'authorization', 'a credential counts again', alert('110135')),
  'credential.collected': row('read', 'authorization', 'credentials were fetched by their holder', { type: '110106' }),
  'credential.presented': row('execute', 'authorization', 'credentials were presented', alert('110126')),
  'credential.verified': row('execute', 'authorization', 'a credential was verified', alert('110126')),
  'token.granted': row('execute', 'authorization', 'an access token was granted', decision),
  'token.refused': row('execute', 'authorization', 'an access token was refused', decision),
  'token.requested': row('execute', 'authorization', 'an access token was asked elsewhere', alert('110126')),
  'token.revoked': row('delete', 'authorization', 'an access token was revoked', alert('110135')),
  'requests.throttled': row('execute', 'system', 'requests were turned away unread', alert('110126')),
  'gateway.checked': row('execute', 'authorization', 'a request at a gateway was checked', decision),
  'consent.changed': row(['create', 'update', 'delete'], 'authorization', 'a consent was changed', alert('110135')),
  'consent.read': row('read', 'authorization', 'what a person consented to was looked at', { type: '110106' }),

  'read.decided': row('read', 'data', 'it was decided whether data may be read', decision),
  'read.answered': row('read', 'data', 'data was read and left', query),
  'fact.established': row('execute', 'authorization', 'a fact was asked before a decision', decision),
  'read.refused': row('read', 'data', 'a question was refused before a decision', query),
  'read.failed': row('read', 'data', 'data could not be read', query),
  'overview.asked': row('read', 'data', 'an overview of one person was asked for', query),
  'register.changed': row(['create', 'update', 'delete'], 'data', 'records of a register were changed', {
    type: '110107',
  }),
  'register.read': row('read', 'data', 'records of a register were read by its keeper', { type: '110106' }),
  'read.unknown': row('read', 'data', 'how a permitted read ended is not known', query),

  'catalogue.published': row(['create', 'update', 'delete'], 'exchange', 'a catalogue was published', alert('110128')),
  'registration.accepted': row(['create', 'delete'], 'exchange', 'a listing was accepted', alert('110128')),
  'registration.dropped': row('delete', 'exchange', 'a listing was taken off: it no longer counts', alert('110128')),
  'registration.forwarded': row('create', 'exchange', 'a listing was passed on to its list', alert('110128')),
  'registration.refused': row('create', 'exchange', 'a listing was refused', alert('110128')),
  'registration.sent': row(['create', 'delete'], 'exchange', 'a listing was sent', alert('110128')),
  'notification.queued': row('create', 'exchange', 'a notification is to be sent', { type: '110106' }),
  'notification.failed': row('execute', 'exchange', 'a notification could not be delivered', alert('110128')),
  'abonnement.changed': row(
    ['create', 'read', 'update', 'delete'],
    'authorization',
    'an abonnement of another organisation was taken, read, renewed or ended',
    alert('110135'),
  ),
  'abonnement.ordered': row(
    ['create', 'update', 'delete'],
    'administration',
    'an abonnement at another organisation was ordered',
    alert('110128'),
  ),
  'abonnement.asked': row(
    ['create', 'update', 'delete'],
    'exchange',
    'an abonnement was asked, renewed or ended at another organisation',
    { type: '110106' },
  ),
  'notification.discarded': row('delete', 'exchange', 'a notification that could not be delivered was put away', {
    type: '110106',
  }),
  'notification.sent': row('execute', 'exchange', 'a notification was sent', { type: '110106' }),
  'notification.handed-over': row('read', 'exchange', 'notifications were handed over to an own system', {
    type: '110106',
  }),
  'notification.acknowledged': row('update', 'exchange', 'notifications were processed by an own system', {
    type: '110107',
  }),
  'notification.compared': row(['read', 'execute'], 'exchange', 'it was asked what had been sent', { type: '110106' }),
  'notification.webhook': row(
    ['create', 'delete'],
    'administration',
    'where notifications are handed over was changed',
    alert('110128'),
  ),
  'notification.received': row('execute', 'exchange', 'a notification was received', { type: '110107' }),

  'transition.flagged': row('create', 'data', 'days without care before an indicatie were told of', { type: '110106' }),
  'melding.changed': row('update', 'data', 'what somebody told of a record was taken further', { type: '110107' }),

  'audit.read': row('read', 'journal', 'the journal was read', { type: '110101' }),
  'audit.exported': row('read', 'journal', 'the journal was exported', { type: '110101' }),
  'audit.checkpoint': row('create', 'journal', 'a checkpoint of the journal was asked for', { type: '110101' }),
  'journal.trimmed': row('delete', 'journal', 'the oldest entries of the journal were removed', { type: '110101' }),
} as const satisfies Record<string, AuditCodeRow>

export type AuditCode = keyof typeof auditCodes
