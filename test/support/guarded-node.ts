import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageFile } from '../../node/kernel/package-root.js'
import { systemClock } from '../../node/kernel/clock.js'
import { discoveryDefinition } from '../../scripts/demo/discovery-definition.js'
import { loadExamples } from '../../scripts/demo/examples.js'
import type { ConfigurationInput } from '../../schemas/configuration.js'
import type { NodeProcess } from './node-process.js'
import { createOutsider } from './outsider.js'
import { freePorts } from './free-ports.js'
import { scope, submission, zorgkantoor } from './token-world.js'

export const hostedService = 'regio'

/** A node process that answers, and how it was answered. */
export interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

/** The configuration of a node with a guarded source, and a member that asks it: nobody else needs to run. */
export interface GuardedNode {
  readonly configFile: string
  /** A membership that counts at the node. */
  membershipOf(did: string): string
  /** A presentation that is good for one token. */
  present(): string
  requestToken(node: NodeProcess, presentation?: string, headers?: Readonly<Record<string, string>>): Promise<Answer>
  /** The token endpoint as clients know it. */
  readonly tokenEndpoint: string
  /** Reads one record at the source with a token. */
  read(node: NodeProcess, token: string): Promise<Answer>
  introspect(node: NodeProcess, token: string): Promise<Answer>
}

/** Writes the configuration of a node that keeps everything at `storageUrl` to `directory`. */
export async function prepareGuardedNode(directory: string, storageUrl: string): Promise<GuardedNode> {
  const stelselbeheerder = createOutsider(systemClock)
  const member = createOutsider(systemClock)
  const membershipOf = (did: string): string =>
    stelselbeheerder.issue({
      type: 'LedenadministratieCredential',
      subject: { id: did, organization: zorgkantoor },
    })
  const membership = membershipOf(member.did)
  // What replicas share is the address of what stands in front of them, which nobody calls here.
  const [port = 0] = await freePorts(1)
  const url = `http://localhost:${String(port)}`
  const definition = discoveryDefinition({
    id: hostedService,
    endpoint: `${url}/discovery/${hostedService}`,
    issuer: stelselbeheerder.did,
  })
  const configuration: ConfigurationInput = {
    strictmode: false,
    url,
    storage: { url: storageUrl },
    keys: { directory: join(directory, 'keys') },
    outbound: { loopback: true },
    parties: [
      {
        subject: 'ciz',
        sources: [
          {
            name: 'indicatieregister',
            kind: 'register',
            schema: 'indicatieregister-2',
            pack: 'indicatieregister',
            seed: packageFile('scripts', 'demo', 'seed', 'indicatieregister.json'),
          },
        ],
      },
    ],
    trust: { LedenadministratieCredential: [stelselbeheerder.did] },
    discovery: { definitions: join(directory, 'discovery'), server: [hostedService], refreshSeconds: 1 },
  }
  await mkdir(join(directory, 'discovery'), { recursive: true })
  await writeFile(join(directory, 'discovery', 'regio.json'), JSON.stringify(definition))
  const configFile = join(directory, 'node.yaml')
  await writeFile(configFile, JSON.stringify(configuration))

  const { wlzindicatieID } = loadExamples()
  const audience = `${url}/oauth2/ciz`
  const present = (): string => member.present({ audience, credentials: [membership] })
  return {
    configFile,
    membershipOf,
    present,
    tokenEndpoint: `${audience}/token`,
    requestToken: (node, assertion = present(), headers = {}) =>
      ask(`${node.publicUrl}/oauth2/ciz/token`, {
        headers,
        body: new URLSearchParams({
          grant_type: 'vp_token-bearer',
          client_id: 'https://lid.example.nl/oauth2/lid',
          assertion,
          presentation_submission: JSON.stringify(submission),
          scope,
        }),
      }),
    read: (node, token) =>
      ask(`${node.publicUrl}/sources/ciz/indicatieregister/graphql`, {
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query, variables: { id: wlzindicatieID, uzovi: zorgkantoor.id } }),
      }),
    introspect: (node, token) =>
      ask(`${node.internalUrl}/internal/auth/v2/accesstoken/introspect`, { body: new URLSearchParams({ token }) }),
  }
}

const query = `query($id: UUID!, $uzovi: String!) {
  wlzIndicatie(where: { wlzindicatieID: { eq: $id }, initieelVerantwoordelijkZorgkantoor: { eq: $uzovi } }) { wlzindicatieID }
}`

async function ask(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, { method: 'POST', ...init })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
