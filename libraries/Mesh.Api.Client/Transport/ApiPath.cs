using System.Runtime.CompilerServices;
using System.Text;

namespace Mesh.Api.Client.Transport;

/// <summary>A path below a base address, and the parts of a query that are there.</summary>
/// <param name="Text">Escaped.</param>
internal readonly record struct ApiPath(string Text)
{
    /// <summary>A path whose interpolated parts are names, which are escaped.</summary>
    public static ApiPath Of(ref SegmentHandler path) => new(path.ToString());

    /// <summary>The same with a query parameter; without a value it stays as it is.</summary>
    public ApiPath With(string name, string? value) =>
        value is null ? this : new($"{Text}{(Text.Contains('?') ? '&' : '?')}{Uri.EscapeDataString(name)}={Uri.EscapeDataString(value)}");

    /// <summary>The same with a number.</summary>
    public ApiPath With(string name, long? value) => With(name, value?.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>The same with a time in whole seconds.</summary>
    public ApiPath With(string name, TimeSpan? value) =>
        With(name, value is { } time ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{time.TotalSeconds:0}s") : null);

    /// <summary>The address; the base may have a path of its own.</summary>
    public Uri At(Uri origin) => new(origin.AbsoluteUri.TrimEnd('/') + Text);
}

/// <summary>Escapes what is put into a path.</summary>
[InterpolatedStringHandler]
internal readonly ref struct SegmentHandler
{
    private readonly StringBuilder _text;

    public SegmentHandler(int literalLength, int formattedCount) => _text = new StringBuilder(literalLength + formattedCount * 16);

    public void AppendLiteral(string text) => _text.Append(text);

    public void AppendFormatted(string name) => _text.Append(Uri.EscapeDataString(name));

    public override string ToString() => _text.ToString();
}
