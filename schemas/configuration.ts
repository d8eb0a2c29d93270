import { z } from 'zod'
import { auditKeySchema } from './audit-checkpoint.js'
import { policySettingsSchema } from './policy-settings.js'
import { discoveryIndexSchema } from './discovery-index.js'
import { partyCatalogueSchema } from './catalogue.js'
import { internalListenerSchema, listenerShape, port } from './internal-listener.js'
import { nidSchema } from './nid.js'
import { partyNotificationsSchema } from './netwerkpunt/settings.js'
import { notificationSettingsSchema } from './notification-settings.js'
import { sourceSchema, subjectName } from './source-settings.js'
import { clientCertificateSchema, tlsSchema } from './tls.js'
import { tracingSchema } from './tracing.js'

const seconds = z.number().positive()
const vaultPath = z.string().regex(/^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/, 'a path such as kv or team/kv')
const didText = z
  .string()
  .max(2048)
  .regex(/^did:[a-z0-9]+:.+$/, 'a DID such as did:web:node.example.nl:iam:…')

const publicListener = z
  .strictObject({
    ...listenerShape('0.0.0.0', 8080),
    clientAddressHeader: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,64}$/, 'the name of a header')
      .optional()
      .describe(
        'header in which the proxy in front says who calls, such as `X-Forwarded-For`; else all callers are one; it ' +
          'does not count over TLS that the node ends itself',
      ),
    clientCertificate: z
      .strictObject({
        header: z
          .string()
          .regex(/^[A-Za-z0-9-]{1,64}$/, 'the name of a header')
          .describe(
            'header in which the proxy that ends TLS gives the certificate of the client, as RFC 9440 or nginx do',
          ),
        proxies: z
          .array(z.string())
          .min(1)
          .describe('CIDR ranges of the proxies whose header counts; from anybody else it is refused'),
      })
      .optional()
      .describe('how the certificates of clients are known'),
    tls: tlsSchema.optional().describe('TLS that the node ends itself, without a proxy in front'),
    refusalsPerMinute: z
      .int()
      .min(10)
      .max(100_000)
      .default(300)
      .describe('refusals of one address before its token requests and reads are turned away unread with 429'),
    connectionsPerAddress: z
      .int()
      .min(1)
      .max(1_000)
      .default(250)
      .describe('open connections of one address, of IPv6 one network; a proxy in front is one address'),
  })
  .prefault({})

const party = z.strictObject({
  subject: subjectName.describe('local name of the organisation; part of its OAuth URLs'),
  id: z
    .uuid()
    .optional()
    .describe('last part of its did:web; fix it when other configuration must name the DID before the first start'),
  sources: z.array(sourceSchema).default([]).describe('the data the organisation serves'),
  nid: nidSchema
    .optional()
    .describe('tokens by client certificate, for parties that connect as the iWlz afsprakenstelsel has it'),
  clientCertificate: clientCertificateSchema
    .optional()
    .describe('the system certificate by which gateways of the present iWlz network know the organisation'),
  catalogue: partyCatalogueSchema
    .optional()
    .describe('publishes what the organisation holds as a catalogue; the first party that has one gets `/catalogus`'),
  notifications: partyNotificationsSchema
    .optional()
    .describe('a netwerkpunt, where others deliver notificaties and meldingen for the organisation, and its inbox'),
})

const registration = z.strictObject({
  service: z.string().min(1).describe('discovery service to be listed in'),
  subject: subjectName.describe('party to list'),
  parameters: z
    .record(z.string().regex(/^[a-zA-Z][a-zA-Z0-9]*$/, 'a letter, then letters and digits'), z.string().max(1024))
    .default({})
    .describe('extra public properties of the listing; the node adds authServerURL and its sources'),
})

const anchored = z.strictObject({
  name: subjectName.describe('name under which its checkpoints are found'),
  key: auditKeySchema.describe(
    'its public audit key as JSON Web Key; the node gives it at `/internal/bronnet/v1/audit/key`',
  ),
})

/**
 * The configuration of a node. The table in `docs/settings.md` is made from it, so every field carries its description.
 *
 * Strict at every level: a key that is not here is a mistake of the operator and stops the start.
 */
export const configurationSchema = z.strictObject({
  strictmode: z
    .boolean()
    .default(true)
    .describe('refuses or forces every insecure setting; leave it on outside development'),
  conformance: z
    .boolean()
    .default(false)
    .describe(
      'test networks: the VC-API also knows the context of examples, and issues as the did:key of an Ed25519 key; strict mode refuses it',
    ),
  url: z.url({ protocol: /^https?$/ }).describe('public base URL of the node, as others reach it; required'),
  name: z.string().min(1).max(64).default('bronnet').describe('name of the node in its log'),
  contact: z
    .strictObject({
      name: z.string().min(1).max(200).describe('who answers questions about this node'),
      email: z.email().max(254).describe('its e-mail address'),
      url: z
        .url({ protocol: /^https?$/ })
        .max(1024)
        .describe('its web page'),
    })
    .optional()
    .describe('whom programmers ask; stands in the OpenAPI documents'),
  storage: z
    .strictObject({
      url: z
        .string()
        .regex(/^(level:.+|postgres(ql)?:\/\/.+|memory:)$/, 'level:<directory>, postgresql://<address> or memory:')
        .default('level:./data')
        .describe(
          'where everything is kept: `level:<directory>`, or `postgresql://<user>@<host>/<database>` with its ' +
            'password in `PGPASSWORD`; `memory:` forgets everything and is for tests',
        ),
    })
    .prefault({}),
  http: z
    .strictObject({
      public: publicListener,
      internal: internalListenerSchema.prefault({}),
      drainSeconds: z
        .number()
        .min(0)
        .max(300)
        .default(0)
        .describe(
          'how long a node that stops serves on after `/health/ready` says no: what the load balancer in front needs to notice, in seconds',
        ),
    })
    .prefault({}),
  keys: z
    .strictObject({
      store: z
        .enum(['file', 'vault-transit', 'vault-kv'])
        .default('file')
        .describe(
          'where private keys live: encrypted files, the transit engine of HashiCorp Vault (keys never leave it), or its ' +
            'key-value engine',
        ),
      directory: z
        .string()
        .min(1)
        .optional()
        .describe(
          'directory of the encrypted private keys; default `keys` beside a `level:` store. Beside PostgreSQL name one: it ' +
            'would be `keys` in whatever directory the node is started',
        ),
      passphrase: z.string().min(12).optional().describe('encrypts the private keys; prefer `keys.passphraseFile`'),
      passphraseFile: z.string().min(1).optional().describe('file with the passphrase; a final line break is ignored'),
      vault: z
        .strictObject({
          address: z
            .url({ protocol: /^https?$/ })
            .describe('base URL of Vault; https, unless it is on this machine; it may be a private address'),
          tokenFile: z
            .string()
            .min(1)
            .describe('file with the token, which Vault’s agent keeps fresh; it is read again when Vault refuses it'),
          namespace: z.string().min(1).optional().describe('namespace, for editions of Vault that have them'),
          mount: vaultPath
            .optional()
            .describe('path of the engine; default `transit`, or `kv`; for `vault-kv` version 1 folders may follow'),
          prefix: z
            .string()
            .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,31}$/, 'letters, digits and hyphens')
            .default('bronnet')
            .describe('`vault-transit`: what the names of the keys begin with; another one for each node'),
          version: z
            .int()
            .min(1)
            .max(2)
            .default(1)
            .describe('`vault-kv`: version of the key-value engine; nuts-node v6 uses 1'),
        })
        .optional()
        .describe('how HashiCorp Vault is reached'),
    })
    .prefault({}),
  parties: z.array(party).default([]).describe('organisations this node speaks for'),
  trust: z
    .record(
      z.string().regex(/^[A-Z][A-Za-z0-9]*Credential$/, 'a credential type such as LedenadministratieCredential'),
      z.array(didText).min(1),
    )
    .default({})
    .describe('per credential type the DIDs whose credentials count; a type that is absent is trusted from nobody'),
  policies: policySettingsSchema,
  discovery: z
    .strictObject({
      definitions: z.string().min(1).optional().describe('directory of discovery service definitions (`*.json`)'),
      server: z.array(z.string().min(1)).default([]).describe('ids of the services whose list this node hosts'),
      registrations: z.array(registration).default([]).describe('listings that this node keeps alive'),
      refreshSeconds: seconds.default(60).describe('time between two looks at a list, in seconds'),
      index: discoveryIndexSchema,
    })
    .prefault({}),
  tokens: z
    .strictObject({
      lifetimeSeconds: z.int().min(10).max(900).default(900).describe('lifetime of an access token, in seconds'),
      keepPresentations: z
        .boolean()
        .default(false)
        .describe('keeps what was shown for a token as long as the token, for `introspect_extended` of nuts-node v6'),
      dpopNonce: z
        .boolean()
        .default(false)
        .describe('wants a nonce of this node in every DPoP proof; nuts-node v6 cannot give one'),
    })
    .prefault({}),
  audit: z
    .strictObject({
      checkpointSeconds: seconds
        .default(60)
        .describe('time between two signed checkpoints of the journal while it is written, in seconds'),
      checkpoints: z
        .string()
        .min(1)
        .optional()
        .describe('directory of the checkpoints and the public audit key; default `checkpoints` beside the keys'),
      anchors: z
        .array(z.url({ protocol: /^https?$/ }))
        .default([])
        .describe('public URLs of bronnet nodes of others that keep the checkpoints of this node'),
      retentionYears: z
        .number()
        .min(0)
        .max(1000)
        .default(5)
        .describe('entries are kept for at least this many years; strict mode refuses less than five'),
      retentionGround: z
        .string()
        .min(3)
        .max(500)
        .optional()
        .describe('when given, what is older than `audit.retentionYears` is removed each day, on this ground'),
      holdFrom: z.iso.date().optional().describe('legal hold: from this date on nothing is removed, whatever is asked'),
      anchoring: z.array(anchored).default([]).describe('nodes of others of which this node keeps the checkpoints'),
    })
    .prefault({}),
  notifications: notificationSettingsSchema,
  outbound: z
    .strictObject({
      timeoutSeconds: seconds.max(60).default(5).describe('time limit of one call to another node, in seconds'),
      loopback: z.boolean().default(false).describe('development: allows plain http and every port on this machine'),
      allowedNetworks: z
        .array(z.string())
        .default([])
        .describe('CIDR ranges that may be called although they are not public'),
      deniedNetworks: z.array(z.string()).default([]).describe('CIDR ranges that are never called; wins over allowed'),
      allowedPorts: z.array(port).default([]).describe('ports that may be called beside 443'),
      certificateAuthorities: z
        .array(z.string().min(1))
        .default([])
        .describe('PEM files with authorities that count beside those of the platform, such as a private root'),
    })
    .prefault({}),
  tracing: tracingSchema,
  log: z
    .strictObject({
      level: z
        .enum(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info')
        .describe('lowest level that is logged'),
    })
    .prefault({}),
})

export type Configuration = z.output<typeof configurationSchema>
export type ConfigurationInput = z.input<typeof configurationSchema>
export type PartyConfiguration = Configuration['parties'][number]
export type SourceConfiguration = PartyConfiguration['sources'][number]
