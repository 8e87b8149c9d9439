using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Google.Protobuf;

namespace Mesh.Traffic.Rpc;

/// <summary>
/// Messages and the JSON of REST are one form, by protobuf's own mapping: what REST reads and shows is what gRPC reads and shows, without a second
/// set of rules. Fields of answers mean nothing in a request.
/// </summary>
internal static class MessageJson
{
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default);
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default);

    /// <summary>A request as REST would send it.</summary>
    public static JsonDocument ToJson(IMessage message) => JsonDocument.Parse(Formatter.Format(message));

    /// <summary>What REST would answer, as a message.</summary>
    public static TMessage ToMessage<TMessage, TAnswer>(TAnswer answer, JsonTypeInfo<TAnswer> type) where TMessage : IMessage<TMessage>, new() =>
        Parser.Parse<TMessage>(Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(answer, type)));
}
