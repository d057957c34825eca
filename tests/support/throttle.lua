-- Refuses what an occupant says too fast, as the community's mod_muc_limits does.
local create_throttle = require "util.throttle".create;
local st = require "util.stanza";

local throttles = setmetatable({}, { __mode = "k" });

module:hook("muc-occupant-groupchat", function (event)
	local of_room = throttles[event.room] or {};
	throttles[event.room] = of_room;
	of_room[event.from] = of_room[event.from] or create_throttle(1, 2);
	if not of_room[event.from]:poll(1) then
		event.origin.send(st.error_reply(event.stanza, "wait", "policy-violation", "The room is overactive"));
		return true;
	end
end, 40);
