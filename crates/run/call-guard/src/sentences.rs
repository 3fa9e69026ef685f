//! Every sentence with which the guard answers a command; whoever shows them in another language translates [`ALL`].

call_screen::sentences! {
    STOPS = "the guard stops";
    CANNOT_DO = "this guard cannot do {}";
    LIKE_EVERY_OTHER = "the next caller is judged like every other";
    NEXT_RINGS = "the next caller within {} rings, whoever it is";
    NOBODY_CALLED = "nobody has called since the guard started";
    NO_NUMBER_SHOWN = "the last caller showed no number, or one that cannot be trusted";
    NO_NUMBER = "\"{}\" is no telephone number";
    ON_THE_LIST = "{} is on the {} list";
    BUT_RINGS = "{} is on the {} list, but rings nevertheless by {}: {}";
    BUT_BLOCKED = "{} is on the {} list, but is blocked nevertheless by {}: {}";
    NOT_ON_THE_LIST_NOW = "{} is not on the guard's own {} list any more";
    NOT_ON_THE_LIST = "{} is not on the guard's own {} list";
    ON_NO_LIST_NOW = "{} is on none of the guard's own lists any more";
    ON_NO_LIST = "{} is on none of the guard's own lists";
    BEING_ENDED = "the call is being ended";
    NO_CALL = "no call is on";
    RINGS = "the call rings";
    NOTHING_RINGS = "no call rings now";
    NO_LINE = "there is no line {}; there are: {}";
    LINE_NOT_UP = "line {} is not up: {}";
    BEING_ASKED = "the device of line {} is being asked";
    NO_CONFIGURATION = "this guard has no configuration to read";
    BEING_READ = "configuration and lists are being read again";
    NO_THREAD = "no thread could be started: {}";
    BUSY = "the guard is busy or has stopped";
    NO_ANSWER = "the guard did not answer in time";
}
