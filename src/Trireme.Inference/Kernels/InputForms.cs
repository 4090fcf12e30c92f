namespace Trireme.Inference.Kernels;

/// <summary>In which forms a model's weights read their inputs.</summary>
[Flags]
internal enum InputForms
{
    Single = 0,

    /// <summary>Quantised to eight bits, for packed weights.</summary>
    Int8 = 1,

    /// <summary>The same numbers in 16 bits as well, for kernel paths that multiply so.</summary>
    Int16 = 2,
}
