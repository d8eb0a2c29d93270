import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { discoveryDefinitionSchema } from '../../../schemas/wire/discovery.js'

/** Per credential type that a discovery definition asks of one issuer: `TYPE=DID`. Says nothing of other definitions. */
export async function issuersPinnedBy(file: string): Promise<readonly string[]> {
  const definition = discoveryDefinitionSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  return definition.presentation_definition.input_descriptors.flatMap(({ constraints }) => {
    const only = (path: string): string | undefined =>
      constraints.fields.find((field) => field.path.includes(path))?.filter?.const
    const [type, issuer] = [only('$.type'), only('$.issuer')]
    return type === undefined || issuer === undefined ? [] : [`${type}=${issuer}`]
  })
}

const networkSchema = z.object({
  participants: z.array(z.object({ did: z.string(), role: z.string(), internalUrl: z.url() })),
  discoveryService: z.string(),
})

/** What a set-up needs to know of a demo network that was started. */
export interface DemoNetwork {
  readonly definition: string
  /** Who issues memberships: its DID and where its administrator works. */
  readonly issuer: { readonly did: string; readonly internalUrl: string }
}

/** Reads what a demo network says of itself in its directory. @throws when the directory is not one of a demo network */
export async function readDemoNetwork(directory: string): Promise<DemoNetwork> {
  const network = networkSchema.parse(JSON.parse(await readFile(`${directory}/network.json`, 'utf8')))
  const issuer = network.participants.find(({ role }) => role === 'stelselbeheerder')
  if (issuer === undefined) throw new Error('the network has no stelselbeheerder')
  return { definition: `${directory}/discovery/${network.discoveryService}.json`, issuer }
}
