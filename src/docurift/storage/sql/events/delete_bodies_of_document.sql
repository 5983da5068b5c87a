delete from event_bodies using events
 where events.organization_id = %(organization_id)s and events.document_id = %(document_id)s
   and event_bodies.organization_id = events.organization_id and event_bodies.sequence = events.sequence
