namespace Trireme.Testing;

/// <summary>What can go wrong between a program and the things it depends on.</summary>
public enum Fault
{
    /// <summary>A write is refused because someone else is said to have written.</summary>
    Conflict,

    /// <summary>The server answers 500 and has done nothing.</summary>
    ServerError,

    /// <summary>No connection; nothing has been done.</summary>
    Unreachable,

    /// <summary>The write is done but its answer is lost.</summary>
    LostAnswer,

    /// <summary>The caller gives up, and the write is done some seconds later all the same.</summary>
    LateEffect,

    /// <summary>The answer takes seconds.</summary>
    SlowAnswer,

    /// <summary>A watch breaks; the changes on their way are lost with it until it is resumed.</summary>
    WatchCut,

    /// <summary>The server ends a watch.</summary>
    WatchClosed,

    /// <summary>The revision of a watch is no longer kept.</summary>
    WatchExpired,

    /// <summary>A change is told twice.</summary>
    WatchDuplicate,

    /// <summary>A change is told seconds late, and all later ones with it.</summary>
    WatchDelay,

    /// <summary>A watch says nothing more although its connection seems to live.</summary>
    WatchStall,
}
