/** The surfaces that are connected now, by name. */
import type { Person, Place } from '../jobs/job.ts';
import type { Surface } from './surface.ts';

export class Surfaces {
  private readonly byName = new Map<string, Surface>();

  add(surface: Surface): void {
    this.byName.set(surface.name, surface);
  }

  get(name: string): Surface | undefined {
    return this.byName.get(name);
  }

  /** Whether the person may remove other people's messages there; nobody may where the surface is not connected. */
  async isModerator(person: Person, place: Place): Promise<boolean> {
    if (person.surface !== place.surface) return false;
    return (await this.get(place.surface)?.isModerator(person, place)) ?? false;
  }
}
