import { systemClock } from '../../node/kernel/clock.js'
import { silentLog } from '../../node/kernel/log.js'
import { Secret } from '../../node/kernel/secret.js'
import type { OpenedStore } from '../../node/stores/contents.js'
import { openLevelStore } from '../../node/stores/level.js'
import { openPostgresStore } from '../../node/stores/postgres.js'

/** Opens the store at `place`, a directory or the URL of a database, on the machine's clock. */
export function openTestStore(place: string): Promise<OpenedStore> {
  const deps = { clock: systemClock, log: silentLog }
  return place.startsWith('postgresql:')
    ? openPostgresStore({ ...deps, url: Secret.of(place) })
    : openLevelStore({ ...deps, directory: place })
}
