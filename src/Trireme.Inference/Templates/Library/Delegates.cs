using Trireme.Inference.Templates.Runtime;

namespace Trireme.Inference.Templates.Library;

/// <summary>value | name(arguments)</summary>
internal delegate object? Filter(object? value, Arguments arguments, RenderState state);

/// <summary>value is name(arguments)</summary>
internal delegate bool Test(object? value, Arguments arguments, RenderState state);

/// <summary>target.name(arguments)</summary>
internal delegate object? Method(object target, string name, Arguments arguments, RenderState state);
