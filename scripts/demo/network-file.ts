import { writeFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { toRfc3339, type Clock } from '../../node/kernel/clock.js'
import { discoveryService, participants } from './participants.js'
import { summaryScope } from './patient-summary.js'
import { exampleIds } from './region-records.js'
import type { Examples } from './examples.js'
import { indicatieScope } from './story.js'
import { contributionScope } from './wmo-wlz/questions.js'
import { findVcIssuer, type World } from './world.js'

/** Scopes by the name of the source: what somebody asks first. */
const scopes: Readonly<Record<string, string>> = {
  indicatieregister: indicatieScope,
  bemiddelingsregister: 'registers/wlzbemiddelingsregister/bemiddelingen/bemiddeling:read',
  leveringsregister: 'registers/leveringsregister/leveringen:read',
  toewijzingsregister: 'registers/sociaaldomein/wmo/toewijzingen:read',
  eigenbijdrageregister: contributionScope,
  patientsamenvatting: summaryScope,
}

/** Writes what a program outside needs to use the network. Its shape is relied on: add to it, do not change it. */
export async function writeNetworkFile(
  file: string,
  { world, examples, clock }: { readonly world: World; readonly examples: Examples; readonly clock: Clock },
): Promise<void> {
  const network = {
    participants: await Promise.all(
      world.members.map(async (member) => ({
        name: member.name,
        subject: member.name,
        did: member.did,
        role: member.organization.role,
        identifiers: { [member.organization.id_type]: member.organization.id },
        publicUrl: member.publicUrl,
        https: { url: member.httpsUrl, certificateAuthority: relative('.', world.certificateAuthority) },
        internalUrl: member.internalUrl,
        authorizationServer: member.authorizationServer,
        dataDir: relative('.', member.dataDirectory),
        vcApi: `${member.internalUrl}/vc-api`,
        vcIssuer: await findVcIssuer(member),
        resolver: `${member.internalUrl}/1.0/identifiers`,
        sources: Object.fromEntries(
          Object.entries(member.sources).map(([name, url]) => [name, { url, scope: scopes[name] ?? '' }]),
        ),
      })),
    ),
    discoveryService,
    clock: { now: toRfc3339(clock.now()) },
    examples: { wlzindicatieID: examples.wlzindicatieID, ...exampleIds(participants) },
  }
  await writeFile(file, `${JSON.stringify(network, null, 2)}\n`)
}
