import { z } from 'zod'
import { internalRoles, type InternalRole } from '../schemas/internal-listener.js'
import { startWholeNode } from './whole-node.js'

/** A call of the internal listener, and who may make it. */
export interface InternalCall {
  readonly method: string
  readonly path: string
  readonly summary: string
  /** `anybody` also without sign-in. */
  readonly callers: 'anybody' | readonly InternalRole[]
}

const documentSchema = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        summary: z.string(),
        'x-roles': z.array(z.enum(internalRoles)).optional(),
      }),
    ),
  ),
})

/** Every call that a node can offer, as the node itself describes it. */
export async function readInternalCalls(): Promise<readonly InternalCall[]> {
  const node = await startWholeNode()
  try {
    const { paths } = documentSchema.parse(await node.read('/openapi.json'))
    return Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { summary, 'x-roles': roles }]) => ({
        method: method.toUpperCase(),
        path,
        summary,
        callers: roles ?? 'anybody',
      })),
    )
  } finally {
    await node.end()
  }
}

/** Calls of one interface together, by the paths that they have in common. */
export interface CallArea {
  readonly area: string
  readonly calls: readonly InternalCall[]
}

/** The calls for which somebody must sign in, by area, in the order of their paths. */
export function areasOf(calls: readonly InternalCall[]): readonly CallArea[] {
  const areas = new Map<string, InternalCall[]>()
  for (const call of calls) {
    if (call.callers === 'anybody') continue
    const area = areaOf(call.path)
    areas.set(area, [...(areas.get(area) ?? []), call])
  }
  return Array.from(areas, ([area, members]) => ({ area, calls: members })).sort((a, b) => (a.area < b.area ? -1 : 1))
}

/** What a path begins with: as far as the interface goes, and in ours the thing that it is about. */
function areaOf(path: string): string {
  const segments = path.split('/').slice(1)
  const [first, second, third, fourth] = segments
  if (first !== 'internal') return `/${segments.slice(0, first === '1.0' ? 2 : 1).join('/')}`
  if (second === 'vcr') return `/internal/vcr/v2/${String(fourth)}`
  if (second !== 'bronnet') return `/internal/${String(second)}/${String(third)}`
  const things = segments.slice(3).filter((segment) => segment !== 'subjects' && !segment.startsWith('{'))
  const [thing = '', part = ''] = things
  const start = fourth === 'subjects' ? '…/subjects/{subject}' : '…'
  return thing === 'notifications' ? `${start}/${thing}/${part}` : `${start}/${thing}`
}
