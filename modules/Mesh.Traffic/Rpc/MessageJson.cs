using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Google.Protobuf;

namespace Mesh.Traffic.Rpc;

/// <summary>
/// Answers of REST as messages, by protobuf's own mapping: what REST shows is what gRPC shows, without a second set of rules.
/// </summary>
internal static class MessageJson
{
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default);

    /// <summary>What REST would answer, as a message.</summary>
    public static TMessage ToMessage<TMessage, TAnswer>(TAnswer answer, JsonTypeInfo<TAnswer> type)
        where TMessage : IMessage<TMessage>, new() =>
        Parser.Parse<TMessage>(Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(answer, type)));
}
