import { z } from 'zod'

/** A TCP port; 0 lets the system choose where it listens. */
export const port = z.int().min(0).max(65_535)

/** Where a listener accepts. */
export const listenerShape = (defaultHost: string, defaultPort: number) => ({
  host: z.string().min(1).default(defaultHost).describe('address to listen on'),
  port: port.default(defaultPort).describe('port to listen on; 0 lets the system choose'),
})

/** What somebody may be on the internal listener: an administrator may do all, each other what its routes say. */
export const internalRoles = ['administrator', 'operator', 'application', 'reader'] as const
export type InternalRole = (typeof internalRoles)[number]

/** For whom each role is. What it may do stands with the routes. */
export const internalRoleWords: Readonly<Record<InternalRole, string>> = {
  administrator: 'everything',
  operator:
    'who keeps it running: storage and backups, the journal, copies of lists, what waits in inbox and outbox, reading rules anew',
  application:
    'your own systems: tokens, introspection, decisions, credentials that they issue and show, registers, consents, overviews, inbox and outbox',
  reader: 'who looks how it is set up: parties, keys, lists, the index; no data of persons, and changes nothing',
}

/** Sign-in on the internal listener. @see nuts-node v6 `http.internal.auth` */
const internalAuthSchema = z.strictObject({
  type: z
    .enum(['token_v2', 'none'])
    .describe(
      '`token_v2`: callers sign in with a JWT under a key of theirs, as in nuts-node v6; `none`: the network or a proxy in front lets through only whom you trust with this node',
    ),
  audience: z
    .string()
    .min(1)
    .max(253)
    .optional()
    .describe('for whom tokens must be; the host name of the machine unless given, as in nuts-node v6'),
  authorizedKeysPath: z
    .string()
    .min(1)
    .optional()
    .describe('file with the public keys of who may sign in, as authorized_keys of SSH; read again when it changes'),
  defaultRole: z
    .enum(internalRoles)
    .optional()
    .describe('role of keys whose line names none; without it such a line is refused'),
  singleUse: z
    .boolean()
    .default(false)
    .describe('takes each token once; applications made for nuts-node v6 use one more often'),
})

/** The listener for the organisation's own applications and administrators. */
export const internalListenerSchema = z.strictObject({
  ...listenerShape('127.0.0.1', 8081),
  names: z
    .array(z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/, 'a host name, without a port'))
    .max(20)
    .default([])
    .describe(
      'host names under which callers know the internal listener, where nobody signs in; addresses, names without a dot and those that end in `.internal` or `.svc` count without. Any other is refused, because a page of somebody else can give its own name your address',
    ),
  auth: internalAuthSchema
    .optional()
    .describe('how callers sign in; without it whoever reaches the port administers the node'),
})
