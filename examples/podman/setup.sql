-- One table, and a role that may read it.
create schema api;

create table api.todos (
  id serial primary key,
  task text not null,
  done boolean not null default false
);

insert into api.todos (task) values
  ('finish tutorial 0'),
  ('pat self on back');

create role authenticator noinherit login password 'mysecretpassword';
grant usage on schema api to authenticator;
grant select on api.todos to authenticator;
