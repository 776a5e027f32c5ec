namespace Alignment.Templates.Runtime;

/// <summary>Anything a template can call: globals, methods bound to their value, macros, <c>caller</c>.</summary>
internal delegate object? TemplateFunction(RenderState state, Arguments arguments);
