namespace Trireme.Inference.ToolCalls;

/// <summary>What a character is to the object it stands in.</summary>
internal enum JsonStep
{
    /// <summary>Anything the other steps do not name.</summary>
    Inside,

    /// <summary>The first character of a key.</summary>
    KeyStart,

    /// <summary>The character that ends a key.</summary>
    KeyEnd,

    /// <summary>The first character of a value.</summary>
    ValueStart,

    /// <summary>The last character of a text, list or object that is a value.</summary>
    ValueEnd,

    /// <summary>The last character of the outermost object.</summary>
    Complete,

    /// <summary>No object goes on like this; the character was not taken, and nothing more may be asked.</summary>
    Invalid,
}
