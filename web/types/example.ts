// A frontend's model of a conversation, typed by the contract alone.  CI compiles it.

import type { EventBatch, MessageView, operations, Problem, ReadView } from "./api";

/** One of the events that streams tell; `type` says which, and so what `data` is. */
export type Event = EventBatch["items"][number];

/** What a frontend keeps: messages by id, the last look of each in each zone, its place in the log. */
export interface Model {
  cursor: string;
  messages: Map<string, MessageView>;
  looks: Map<string, ReadView>;
}

/** Whether somebody has read a message: when they looked it had been said, and was there. */
export function hasRead(model: Model, user: string, message: MessageView): boolean {
  return [...model.looks.values()].some(
    (look) =>
      look.user === user &&
      message.stamp <= look[message.zone] &&
      !(look.without ?? []).includes(message.id) &&
      (look.zone === message.zone || ["delivered", "altered"].includes(message.delivery ?? "")),
  );
}

/** Takes in what has gathered.  Events that this frontend does not know move its place on. */
export function follow(model: Model, batch: EventBatch): void {
  for (const event of batch.items) {
    take(model, event);
  }
  model.cursor = batch.cursor;
}

function take(model: Model, event: Event): void {
  switch (event.type) {
    case "message.created":
    case "message.updated":
      model.messages.set(event.data.id, event.data);
      break;
    case "reaction.set": {
      const { message, reaction, user, on } = event.data;
      const reactions = model.messages.get(message)?.reactions;
      if (reactions) {
        const others = (reactions[reaction] ?? []).filter((one) => one !== user);
        reactions[reaction] = on ? [...others, user] : others;
      }
      break;
    }
    case "read.set":
      model.looks.set(`${event.data.user} ${event.data.zone}`, event.data);
      break;
    case "delivery.updated":
      for (const { id, delivery, reason } of event.data.items) {
        const message = model.messages.get(id);
        if (message) {
          model.messages.set(id, { ...message, delivery, reason });
        }
      }
      break;
  }
}

type Saying = operations["post_message"];
type Room = Saying["parameters"]["path"]["room"];
type NewMessage = Saying["requestBody"]["content"]["application/json"];
type Asked = Saying["parameters"]["header"];

/** Says something in a room, as somebody and once under each key; `ask` is a `fetch` that reaches the socket. */
export async function say(
  ask: typeof fetch,
  room: Room,
  text: string,
  asked: Asked & { "Idempotency-Key": string },
): Promise<MessageView | Problem> {
  const message: NewMessage = { text };
  const answer = await ask(`/v1/rooms/${room}/messages`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...asked },
    body: JSON.stringify(message),
  });
  return answer.json();
}
